"""What a second release changes: columns added, renamed and retyped, an index and a constraint."""

from django.db import migrations, models


def shout(apps, schema_editor):
    """A data migration: it reads and writes through the models of its moment."""
    author = apps.get_model("library", "Author")
    for each in author.objects.all():
        each.name = each.name.upper()
        each.save()


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [
        migrations.AddField("book", "language", models.CharField(max_length=2, default="en")),
        migrations.AddField("book", "subtitle", models.TextField(null=True)),
        migrations.RenameField("loan", "reader", "borrower"),
        migrations.AlterField("book", "pages", models.BigIntegerField(default=1)),
        migrations.AlterField("book", "title", models.CharField(max_length=300)),
        migrations.RemoveConstraint("book", "price_not_negative"),
        migrations.AddConstraint(
            "book",
            models.CheckConstraint(condition=models.Q(price__lte=1000), name="price_in_reach"),
        ),
        migrations.AddIndex("loan", models.Index(fields=["due", "-borrower"], name="loan_due")),
        migrations.RunPython(shout, migrations.RunPython.noop),
        migrations.CreateModel(
            "Note", [("id", models.AutoField(primary_key=True)), ("body", models.TextField())]
        ),
    ]
