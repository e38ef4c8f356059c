"""The first release."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("born", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("price", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
                ("pages", models.PositiveIntegerField(default=1)),
                ("facts", models.JSONField(default=dict)),
                ("published", models.DateTimeField(null=True)),
                ("code", models.UUIDField(null=True, unique=True)),
                ("is_lent", models.BooleanField(default=False)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="books",
                        to="library.author",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("label", models.SlugField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "book",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="library.book",
                    ),
                ),
                ("reader", models.CharField(max_length=50)),
                ("due", models.DateField()),
                ("length", models.DurationField()),
                ("scan", models.BinaryField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="book",
            name="tags",
            field=models.ManyToManyField(related_name="books", to="library.tag"),
        ),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["published"], name="book_published"),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.UniqueConstraint(
                fields=("author", "title"), name="one_title_an_author"
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="price_not_negative"
            ),
        ),
    ]
