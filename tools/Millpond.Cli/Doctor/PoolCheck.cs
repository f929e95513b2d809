using static System.FormattableString;

namespace Millpond.Cli.Doctor;

/// <summary>Compares the pools of all workers with the server's limit.</summary>
internal static class PoolCheck
{
    private const string Name = "pool";

    /// <param name="settings">The pool.</param>
    /// <param name="limit">What the examining engine has read, itself included.</param>
    public static Check Compare(DoctorSettings settings, ServerLimitSnapshot? limit)
    {
        if (limit is not { } read)
        {
            return Check.Note(Name, "The server's connection limit could not be read.");
        }

        if (read.IsBehindPooler)
        {
            return Check.Note(
                Name, "The pooler's limits apply (PgBouncer: default_pool_size, max_db_connections, max_client_conn).");
        }

        var workers = settings.Workers ?? Math.Max(1, read.Workers - 1);
        var permits = settings.Pool + settings.Overflow;
        var wanted = workers * permits;
        var sum = Invariant($"{workers} worker{(workers == 1 ? "" : "s")} x {permits} = {wanted}, and {read.Usable} usable ") +
            $"({read.Name}, less what is reserved and what other clients use)";
        return wanted <= read.Usable
            ? Check.Ok(Name, sum + ".")
            : Check.Problem(Name, $"{sum}. {Remedy(settings, read.Usable / workers)}");
    }

    private static string Remedy(DoctorSettings settings, int each)
    {
        if (each == 0)
        {
            return "Not even one connection per worker fits: run fewer workers, let others use fewer connections, or raise the " +
                "limit.";
        }

        var open = (int)Math.Ceiling(each * (double)settings.Pool / (settings.Pool + settings.Overflow));
        return Invariant($"PoolSize {open} and MaxOverflow {each - open} would fit.");
    }
}
