using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Designed;

[DbContext(typeof(NotesContext))]
[Migration("20260101000000_BeginNotes")]
internal sealed class BeginNotes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("create table notes (text text)");
}
