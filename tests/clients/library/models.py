"""A lending library: the models that the Django tests migrate, write and query."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)
    born = models.DateField(null=True)

    class Meta:
        app_label = "library"


class Tag(models.Model):
    label = models.SlugField(primary_key=True)

    class Meta:
        app_label = "library"


class Book(models.Model):
    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    pages = models.PositiveIntegerField(default=1)
    facts = models.JSONField(default=dict)
    published = models.DateTimeField(null=True)
    code = models.UUIDField(null=True, unique=True)
    tags = models.ManyToManyField(Tag, related_name="books")
    is_lent = models.BooleanField(default=False)

    class Meta:
        app_label = "library"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "title"], name="one_title_an_author"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["published"], name="book_published")]


class Loan(models.Model):
    book = models.OneToOneField(Book, on_delete=models.PROTECT, primary_key=True)
    reader = models.CharField(max_length=50)
    due = models.DateField()
    length = models.DurationField()
    scan = models.BinaryField(null=True)

    class Meta:
        app_label = "library"
