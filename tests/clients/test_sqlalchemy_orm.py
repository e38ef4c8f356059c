"""SQLAlchemy's ORM, unmodified: unit of work, bulk writes, relationships, savepoints, cursors.

Goal: an application of mapped classes runs on kalampg as it is. Method: each test runs on
PostgreSQL 15 too, whose answers the assertions are; ``create_all`` makes the tables.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

pytestmark = pytest.mark.slow

MAY = dt.datetime(2024, 5, 17, 8, 30, 15, 123456, tzinfo=dt.UTC)


class Base(orm.DeclarativeBase):
    pass


class Mood(enum.Enum):
    calm = 1
    wild = 2


room_members = sa.Table(
    "orm_room_members",
    Base.metadata,
    sa.Column("room_id", sa.ForeignKey("orm_rooms.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("orm_people.id"), primary_key=True),
)


class Person(Base):
    __tablename__ = "orm_people"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(50), unique=True)
    born: orm.Mapped[dt.date | None]
    mood: orm.Mapped[Mood] = orm.mapped_column(default=Mood.calm)
    version: orm.Mapped[int] = orm.mapped_column()
    posts: orm.Mapped[list[Post]] = orm.relationship(
        back_populates="author", cascade="all, delete-orphan", order_by="Post.id"
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own way


class Room(Base):
    __tablename__ = "orm_rooms"

    id: orm.Mapped[int] = orm.mapped_column(
        sa.BigInteger, sa.Identity(always=True), primary_key=True
    )
    topic: orm.Mapped[str] = orm.mapped_column(sa.Text, index=True)
    opened: orm.Mapped[dt.datetime] = orm.mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
    members: orm.Mapped[list[Person]] = orm.relationship(secondary=room_members)


class Post(Base):
    __tablename__ = "orm_posts"
    __table_args__ = (
        sa.UniqueConstraint("author_id", "title", name="orm_one_title"),
        sa.CheckConstraint("price >= 0", name="orm_price_not_negative"),
        sa.Index("orm_posts_by_price", "price", "id"),
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("orm_people.id"))
    title: orm.Mapped[str]
    price: orm.Mapped[Decimal] = orm.mapped_column(sa.Numeric(8, 2), default=Decimal(0))
    words: orm.Mapped[int] = orm.mapped_column(default=0)
    doubled: orm.Mapped[int] = orm.mapped_column(sa.Computed("words * 2", persisted=True))
    facts: orm.Mapped[dict[str, Any]] = orm.mapped_column(JSONB, default=dict)
    labels: orm.Mapped[list[str]] = orm.mapped_column(ARRAY(sa.Text), default=list)
    code: orm.Mapped[uuid.UUID | None] = orm.mapped_column(unique=True)
    scan: orm.Mapped[bytes | None]
    author: orm.Mapped[Person] = orm.relationship(back_populates="posts")


@pytest.fixture
def engine(dsn: str) -> Iterator[sa.Engine]:
    """An engine on a database that has the tables, empty."""
    place = conninfo_to_dict(dsn)
    url = sa.URL.create(
        "postgresql+psycopg",
        str(place["user"]),
        str(place["password"]),
        "127.0.0.1",
        int(str(place["port"])),
        str(place["dbname"]),
    )
    engine = sa.create_engine(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


def _people(engine: sa.Engine) -> None:
    with orm.Session(engine) as session, session.begin():
        ursula = Person(name="Ursula", born=dt.date(1929, 10, 21), mood=Mood.wild)
        ursula.posts = [
            Post(title=f"Post {n}", price=Decimal(n), words=n * 10, labels=["a", f"n{n}"])
            for n in range(1, 6)
        ]
        session.add_all([ursula, Person(name="Joanna")])


def test_a_unit_of_work_inserts_updates_and_deletes(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        ursula = session.scalars(sa.select(Person).where(Person.name == "Ursula")).one()
        assert (ursula.mood, ursula.version, len(ursula.posts)) == (Mood.wild, 1, 5)
        assert [post.doubled for post in ursula.posts] == [20, 40, 60, 80, 100]
        ursula.mood = Mood.calm
        ursula.posts[0].words = 7
        del ursula.posts[4]
        session.flush()
        session.refresh(ursula.posts[0])
        assert ursula.posts[0].doubled == 14
    with orm.Session(engine) as session, session.begin():
        ursula = session.scalars(sa.select(Person).filter_by(name="Ursula")).one()
        assert (ursula.version, [post.title[-1] for post in ursula.posts]) == (2, list("1234"))
        session.delete(ursula)
    with orm.Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Post)) == 0
        assert session.scalars(sa.select(Person.name)).all() == ["Joanna"]


def test_a_stale_version_is_noticed(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as first, orm.Session(engine) as second:
        mine = first.scalars(sa.select(Person).filter_by(name="Joanna")).one()
        theirs = second.scalars(sa.select(Person).filter_by(name="Joanna")).one()
        mine.born = dt.date(1937, 2, 22)
        first.commit()
        theirs.born = dt.date(1938, 2, 22)
        with pytest.raises(StaleDataError):
            second.commit()


def test_bulk_inserts_return_their_keys_in_order(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        author = session.scalars(sa.select(Person.id).filter_by(name="Joanna")).one()
        rows = [{"author_id": author, "title": f"bulk {n}", "words": n} for n in range(2500)]
        insert = sa.insert(Post).returning(Post.id, Post.title, sort_by_parameter_order=True)
        answers = session.execute(insert, rows).all()
        assert [title for _, title in answers] == [row["title"] for row in rows]
        assert len({key for key, _ in answers}) == 2500
        session.execute(sa.update(Post), [{"id": key, "words": 1} for key, _ in answers[:100]])
        assert session.scalar(sa.select(sa.func.sum(Post.words)).filter_by(author_id=author)) == (
            100 + sum(range(100, 2500))
        )


def test_upserts_merge_and_returning(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        insert = upsert(Person).values(
            [{"name": "Joanna", "mood": Mood.wild, "version": 1}, {"name": "Vonda", "version": 1}]
        )
        people = session.scalars(
            insert.on_conflict_do_update(
                index_elements=[Person.name], set_={"mood": insert.excluded.mood}
            ).returning(Person),
            execution_options={"populate_existing": True},
        ).all()
        assert {each.name: each.mood for each in people} == {
            "Joanna": Mood.wild,
            "Vonda": Mood.calm,
        }
        deleted = session.execute(
            sa.delete(Post).where(Post.price > 3).returning(Post.title, Post.price * 2)
        ).all()
        assert sorted(deleted) == [("Post 4", Decimal("8.00")), ("Post 5", Decimal("10.00"))]


def test_errors_inside_savepoints_leave_the_transaction_usable(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        ursula = session.scalars(sa.select(Person).filter_by(name="Ursula")).one()
        for wrong, constraint in (
            (Post(author_id=ursula.id, title="Post 1"), "orm_one_title"),
            (Post(author_id=ursula.id, title="x", price=Decimal(-1)), "orm_price_not_negative"),
            (Post(author_id=10**6, title="y"), "orm_posts_author_id_fkey"),
        ):
            with pytest.raises(IntegrityError) as caught, session.begin_nested():
                session.add(wrong)
            assert isinstance(caught.value.orig, psycopg.Error)
            assert caught.value.orig.diag.constraint_name == constraint
        with session.begin_nested():
            session.add(Post(author_id=ursula.id, title="kept"))
    with orm.Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).where(Post.title == "kept")) == 1


def test_relationships_load_eagerly_and_through_a_secondary_table(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        people = session.scalars(sa.select(Person).order_by(Person.name)).all()
        session.add_all([Room(topic="all", members=list(people)), Room(topic="none")])
    with orm.Session(engine) as session:
        rooms = session.scalars(
            sa.select(Room).options(orm.selectinload(Room.members)).order_by(Room.topic)
        ).all()
        assert [(room.topic, len(room.members)) for room in rooms] == [("all", 2), ("none", 0)]
        assert rooms[0].id is not None
        assert rooms[0].opened.tzinfo is not None
        joined = (
            session.scalars(
                sa.select(Person).options(orm.joinedload(Person.posts)).order_by(Person.name)
            )
            .unique()
            .all()
        )
        assert [len(person.posts) for person in joined] == [0, 5]
        busy = sa.select(Person.name).where(Person.posts.any(Post.words > 40))
        assert session.scalars(busy).all() == ["Ursula"]
    with orm.Session(engine) as session, session.begin():
        session.execute(sa.delete(Room).where(Room.topic == "all"))  # members go by cascade
        assert session.scalar(sa.select(sa.func.count()).select_from(room_members)) == 0


def test_json_arrays_windows_and_ctes(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        post = session.scalars(sa.select(Post).filter_by(title="Post 2")).one()
        post.facts = {"awards": ["Hugo"], "n": 3}
        post.code = uuid.UUID(int=5)
        post.scan = b"\x00\x01"
    with orm.Session(engine) as session:
        found = session.scalars(
            sa.select(Post).where(Post.facts["awards"].contains(["Hugo"]))
        ).one()
        assert (found.title, found.code, found.scan) == ("Post 2", uuid.UUID(int=5), b"\x00\x01")
        assert session.scalar(sa.select(Post.facts["n"].as_integer()).filter_by(id=found.id)) == 3
        assert session.scalars(sa.select(Post.id).where(Post.labels.contains(["n2"]))).all() == [
            found.id
        ]
        rank = sa.func.row_number().over(order_by=Post.words.desc()).label("rank")
        ranked = sa.select(Post.title, rank).cte("ranked")
        top = sa.select(ranked.c.title).where(ranked.c.rank <= 2).order_by(ranked.c.rank)
        assert session.scalars(top).all() == ["Post 5", "Post 4"]
        average = sa.select(sa.func.avg(Post.price), sa.func.max(Post.words))
        assert session.execute(average).one() == (Decimal("3.0000000000000000"), 50)


def test_large_results_stream_through_server_side_cursors(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as session, session.begin():
        author = session.scalars(sa.select(Person.id).filter_by(name="Joanna")).one()
        session.execute(
            sa.insert(Post), [{"author_id": author, "title": f"row {n}"} for n in range(3000)]
        )
    with orm.Session(engine) as session:
        posts = session.scalars(
            sa.select(Post).order_by(Post.id), execution_options={"yield_per": 100}
        )
        assert sum(1 for _ in posts) == 3005


def test_row_locks(engine: sa.Engine) -> None:
    _people(engine)
    with orm.Session(engine) as first, orm.Session(engine) as second:
        held = first.scalars(sa.select(Post).order_by(Post.id).limit(2).with_for_update()).all()
        free = second.scalars(
            sa.select(Post).order_by(Post.id).with_for_update(skip_locked=True)
        ).all()
        assert {post.id for post in held}.isdisjoint(post.id for post in free)
        assert len(free) == 3
        with pytest.raises(OperationalError, match="could not obtain lock"):
            second.scalars(sa.select(Post).with_for_update(nowait=True)).all()


def test_isolation_levels_are_set(engine: sa.Engine) -> None:
    for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
        with engine.connect().execution_options(isolation_level=level) as connection:
            assert connection.scalar(sa.text("SHOW transaction_isolation")) == level.lower()


def test_reflection_gives_back_what_the_models_said(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    assert {"orm_people", "orm_posts", "orm_rooms"} <= set(inspector.get_table_names())
    assert inspector.get_pk_constraint("orm_posts")["constrained_columns"] == ["id"]
    (foreign,) = inspector.get_foreign_keys("orm_posts")
    assert (foreign["referred_table"], foreign["constrained_columns"]) == (
        "orm_people",
        ["author_id"],
    )
    uniques = {
        each["name"]: each["column_names"] for each in inspector.get_unique_constraints("orm_posts")
    }
    assert uniques["orm_one_title"] == ["author_id", "title"]
    (check,) = inspector.get_check_constraints("orm_posts")
    assert check["name"] == "orm_price_not_negative"
    indexes = {each["name"]: each["column_names"] for each in inspector.get_indexes("orm_posts")}
    assert indexes["orm_posts_by_price"] == ["price", "id"]
    columns = {each["name"]: each for each in inspector.get_columns("orm_posts")}
    assert columns["doubled"]["computed"]["persisted"]
    assert isinstance(columns["price"]["type"], sa.Numeric)
    assert columns["id"]["autoincrement"]
    rooms = {each["name"]: each for each in inspector.get_columns("orm_rooms")}
    assert rooms["id"]["identity"]["always"]
    again = sa.MetaData()
    again.reflect(engine, only=["orm_posts", "orm_people"])
    assert set(again.tables) == {"orm_posts", "orm_people"}
