using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace Migrations.Tests;

[DbContext(typeof(NotesContext))]
[Migration("20260101000000_CreateNotes")]
public sealed class CreateNotes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Notes",
        static columns => new
        {
            Id = columns.Column<long>().Annotation(
                "Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
            Text = columns.Column<string>(),
        },
        constraints: static table => table.PrimaryKey("PK_Notes", static note => note.Id));
}
