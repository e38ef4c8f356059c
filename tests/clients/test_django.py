"""Django's ORM, unmodified: migrations, its own auth application, and what models can do.

Goal: a Django project runs on kalampg as it is. Method: each test runs on PostgreSQL 15 too, whose
answers the assertions are; the project is migrated once on each server.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, Subquery, Sum, Value, Window
from django.db.models.functions import (
    Coalesce,
    Concat,
    ExtractYear,
    Lower,
    RowNumber,
    TruncMonth,
    Upper,
)
from django.test.utils import CaptureQueriesContext

from tests.clients.library.models import Author, Book, Loan, Tag

pytestmark = [pytest.mark.slow, pytest.mark.client("django")]

MAY = dt.datetime(2024, 5, 17, 8, 30, 15, 123456, tzinfo=dt.UTC)
_migrated: set[str] = set()


@pytest.fixture(autouse=True)
def library(server_name: str, dsn: str) -> Iterator[None]:
    """A migrated project whose library is empty."""
    place = psycopg.conninfo.conninfo_to_dict(dsn)
    connection.settings_dict.update(
        NAME=place["dbname"], USER=place["user"], PASSWORD=place["password"], PORT=place["port"]
    )
    ContentType.objects.clear_cache()
    if server_name not in _migrated:
        call_command("migrate", "library", "0001", verbosity=0)
        call_command("migrate", "auth", verbosity=0)
        call_command("migrate", "sessions", verbosity=0)
        _migrated.add(server_name)
    for model in (Loan, Book.tags.through, Book, Author, Tag):
        model.objects.all()._raw_delete("default")
    yield
    connection.close()


def _shelf() -> tuple[Author, list[Book]]:
    author = Author.objects.create(name="Ursula", born=dt.date(1929, 10, 21))
    books = Book.objects.bulk_create(
        Book(title=f"Book {n}", author=author, price=Decimal(n), pages=n * 100, published=MAY)
        for n in range(1, 6)
    )
    return author, books


def test_objects_are_created_read_updated_and_deleted() -> None:
    author, books = _shelf()
    assert all(book.pk for book in books)  # from RETURNING
    book = Book.objects.get(pk=books[2].pk)
    assert (book.title, book.price, book.published) == ("Book 3", Decimal("3.00"), MAY)
    book.facts = {"awards": ["Hugo"], "year": 1970}
    book.code = uuid.UUID(int=7)
    book.save()
    book.refresh_from_db()
    assert (book.facts, book.code) == ({"awards": ["Hugo"], "year": 1970}, uuid.UUID(int=7))
    assert Book.objects.filter(pages__gt=300).update(price=F("price") + 1) == 2
    assert book.delete() == (1, {"library.Book": 1})
    assert author.books.count() == 4
    assert author.delete()[0] == 5


def test_every_kind_of_field_comes_back() -> None:
    _, books = _shelf()
    length = dt.timedelta(days=3, hours=4, microseconds=5)
    due = dt.date(2024, 12, 31)
    Loan.objects.create(book=books[0], reader="Genly", due=due, length=length, scan=b"\x00\xff")
    loan = Loan.objects.select_related("book__author").get()
    assert (loan.due, loan.length, bytes(loan.scan)) == (due, length, b"\x00\xff")
    assert loan.book.author.name == "Ursula"


def test_lookups_and_functions() -> None:
    _, books = _shelf()
    shelf = Book.objects
    books[0].facts = {"awards": ["Hugo", "Nebula"], "pages": {"map": 1}}
    books[0].save()
    assert shelf.filter(title__icontains="OOK 3").count() == 1
    assert shelf.filter(title__regex=r"^Book [12]$").count() == 2
    assert shelf.filter(title__istartswith="book", price__range=(2, 4)).count() == 3
    assert shelf.filter(published__year=2024, published__month=5).count() == 5
    assert shelf.filter(published__date=MAY.date()).exists()
    assert shelf.filter(facts__awards__contains=["Hugo"]).get() == books[0]
    assert shelf.filter(facts__pages__map=1).get() == books[0]
    assert shelf.filter(facts__has_key="awards").count() == 1
    assert shelf.filter(Q(pages=100) | ~Q(pages__lt=500)).count() == 2
    named = shelf.annotate(
        label=Concat(Upper("title"), Value("!")), year=ExtractYear("published")
    ).order_by("-title")
    first = named.values_list("label", "year").first()
    assert first == ("BOOK 5!", 2024)
    assert shelf.filter(author__name__in=["Ursula", "Joanna"]).count() == 5
    assert shelf.order_by(Lower("title").desc(nulls_last=True)).first() == books[4]


def test_aggregates_windows_and_subqueries() -> None:
    author, books = _shelf()
    shelf = Book.objects
    total = shelf.aggregate(Sum("price"), Avg("pages"), Max("published"), Count("id"))
    assert total == {
        "price__sum": Decimal("15.00"),
        "pages__avg": 300.0,
        "published__max": MAY,
        "id__count": 5,
    }
    months = shelf.annotate(month=TruncMonth("published")).values("month").annotate(n=Count("id"))
    assert [(row["month"].month, row["n"]) for row in months] == [(5, 5)]
    ranked = shelf.annotate(rank=Window(RowNumber(), order_by=F("pages").desc()))
    assert [book.rank for book in ranked.order_by("rank")] == [1, 2, 3, 4, 5]
    thickest = shelf.filter(author=OuterRef("pk")).order_by("-pages").values("title")[:1]
    people = Author.objects.annotate(
        thickest=Subquery(thickest), n=Count("books", filter=Q(books__pages__gte=300))
    )
    assert [(each.thickest, each.n) for each in people] == [("Book 5", 3)]
    assert Author.objects.filter(Exists(shelf.filter(author=OuterRef("pk")))).get()
    assert shelf.filter(pages__lt=200).union(shelf.filter(pages__gt=400)).count() == 2
    assert shelf.distinct("author").count() == 1
    assert author.books.aggregate(n=Coalesce(Sum("pages"), 0)) == {"n": 1500}
    assert len(books) == 5


def test_relations_are_prefetched_added_and_removed() -> None:
    _, books = _shelf()
    tags = Tag.objects.bulk_create([Tag(label="sf"), Tag(label="essay")])
    books[0].tags.add(*tags)
    books[1].tags.set([tags[0]])
    books[0].tags.add(tags[0])  # again: ON CONFLICT DO NOTHING
    with CaptureQueriesContext(connection) as queries:
        found = {
            book.title: sorted(tag.label for tag in book.tags.all())
            for book in Book.objects.filter(pages__lte=200).prefetch_related("tags")
        }
    assert found == {"Book 1": ["essay", "sf"], "Book 2": ["sf"]}
    assert len(queries) == 2
    books[0].tags.remove(tags[0])
    assert [tag.label for tag in books[0].tags.all()] == ["essay"]


def test_get_or_create_and_update_or_create() -> None:
    people = Author.objects
    first, created = people.get_or_create(name="Octavia")
    assert created
    assert people.get_or_create(name="Octavia") == (first, False)
    same, created = people.update_or_create(name="Octavia", defaults={"born": dt.date(1947, 6, 22)})
    assert (same.pk, created, same.born) == (first.pk, False, dt.date(1947, 6, 22))


def test_bulk_writes_and_upserts() -> None:
    author, books = _shelf()
    people = Author.objects
    people.bulk_create([Author(name="Ursula"), Author(name="Joanna")], ignore_conflicts=True)
    assert people.count() == 2
    born = dt.date(1937, 2, 22)
    upserted = people.bulk_create(
        [Author(name="Joanna", born=born), Author(name="Vonda", born=born)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["born"],
    )
    assert {each.name: each.born for each in people.filter(born=born)} == {
        "Joanna": born,
        "Vonda": born,
    }
    assert all(each.pk for each in upserted)
    for book in books:
        book.pages += 1
    assert Book.objects.bulk_update(books, ["pages"]) == 5
    assert author.books.aggregate(n=Sum("pages")) == {"n": 1505}


def test_constraints_are_integrity_errors_and_leave_savepoints_intact() -> None:
    author, books = _shelf()
    with transaction.atomic():
        for wrong in (
            Book(title="Book 1", author=author),
            Book(title="cheap", author=author, price=-1),
            Book(title="nobody's", author_id=10**9),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                wrong.save()
                connection.check_constraints()
        Book.objects.create(title="kept", author=author)
    assert Book.objects.filter(title="kept").exists()
    Loan.objects.create(book=books[0], reader="Estraven", due=MAY.date(), length=dt.timedelta(1))
    with pytest.raises(models.ProtectedError):
        books[0].delete()


def test_atomic_blocks_roll_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Author.objects.create(name="gone")
        raise ZeroDivisionError
    assert not Author.objects.exists()
    called: list[str] = []
    with transaction.atomic():
        Author.objects.create(name="stays")
        transaction.on_commit(lambda: called.append("yes"))
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Author.objects.create(name="inner")
            raise ZeroDivisionError
    assert [each.name for each in Author.objects.all()] == ["stays"]
    assert called == ["yes"]


def test_select_for_update_locks_waits_and_skips() -> None:
    _, books = _shelf()
    shelf = Book.objects
    refused: list[str] = []
    free: list[str] = []

    def other() -> None:
        try:
            with transaction.atomic():
                free.extend(
                    book.title
                    for book in shelf.select_for_update(skip_locked=True).order_by("title")
                )
            with transaction.atomic():
                shelf.select_for_update(nowait=True).get(pk=books[0].pk)
        except OperationalError as error:
            refused.append(error.__cause__.sqlstate)
        finally:
            connection.close()

    with transaction.atomic():
        locked = shelf.select_for_update(of=("self",)).filter(pages__lte=200)
        assert [book.title for book in locked.order_by("title")] == ["Book 1", "Book 2"]
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert free == ["Book 3", "Book 4", "Book 5"]
    assert refused == ["55P03"]


def test_large_results_come_through_server_side_cursors() -> None:
    author, _ = _shelf()
    Book.objects.bulk_create(
        (Book(title=f"copy {n}", author=author) for n in range(5000)), batch_size=1000
    )
    with transaction.atomic():
        titles = [book.title for book in Book.objects.order_by("pk").iterator(chunk_size=500)]
    assert len(titles) == 5005
    assert titles[-1] == "copy 4999"
    # Outside a transaction the cursor is WITH HOLD.
    assert sum(1 for _ in Book.objects.iterator(chunk_size=1000)) == 5005


def test_the_auth_application_works() -> None:
    manager = User.objects
    manager.filter(username="genly").delete()
    Group.objects.filter(name="envoys").delete()
    user = manager.create_user("genly", "genly@ekumen.example", "kemmer")
    assert manager.get(username="genly").check_password("kemmer")
    group = Group.objects.create(name="envoys")
    permission = Permission.objects.get(codename="add_book")
    group.permissions.add(permission)
    user.groups.add(group)
    again = manager.get(pk=user.pk)
    assert again.has_perm("library.add_book")
    assert not again.has_perm("library.delete_book")
    assert list(User.objects.filter(groups__name="envoys")) == [user]


def test_introspection_tells_what_migrations_made() -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        assert {"library_author", "library_book", "auth_user"} <= set(tables)
        constraints = connection.introspection.get_constraints(cursor, "library_book")
        kinds = {
            name: (each["columns"], each["primary_key"], each["unique"], each["check"])
            for name, each in constraints.items()
        }
        assert kinds["one_title_an_author"] == (["author_id", "title"], False, True, False)
        assert kinds["price_not_negative"][3]
        assert constraints["book_published"]["index"]
        foreign = [each["foreign_key"] for each in constraints.values() if each["foreign_key"]]
        assert foreign == [("library_author", "id")]
        columns = {
            column.name: (column.type_code, column.null_ok)
            for column in connection.introspection.get_table_description(cursor, "library_book")
        }
        assert columns["title"] == (1043, False)
        assert columns["published"] == (1184, True)
        sequences = connection.introspection.get_sequences(cursor, "library_book")
        assert [(each["table"], each["column"]) for each in sequences] == [("library_book", "id")]


def test_a_second_release_migrates_tables_with_rows_and_back() -> None:
    author, books = _shelf()
    Loan.objects.create(book=books[0], reader="Estraven", due=MAY.date(), length=dt.timedelta(1))
    call_command("migrate", "library", "0002", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM library_author WHERE id = %s", [author.pk])
            assert cursor.fetchone() == ("URSULA",)
            cursor.execute("SELECT language, subtitle, pages FROM library_book ORDER BY id LIMIT 1")
            assert cursor.fetchone() == ("en", None, 100)
            cursor.execute("SELECT borrower FROM library_loan")
            assert cursor.fetchall() == [("Estraven",)]
            cursor.execute("INSERT INTO library_note (body) VALUES ('a') RETURNING id")
            assert cursor.fetchone() == (1,)
    finally:
        call_command("migrate", "library", "0001", verbosity=0)
    applied = MigrationRecorder(connection).applied_migrations()
    assert ("library", "0002_changes") not in applied
    assert Loan.objects.get().reader == "Estraven"
