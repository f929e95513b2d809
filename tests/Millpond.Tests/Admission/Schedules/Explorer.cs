namespace Millpond.Tests.Admission.Schedules;

/// <summary>Runs a small case once for every possible order of its threads' steps.</summary>
internal static class Explorer
{
    /// <param name="begin">Creates a new case: its threads, and the check at the end.</param>
    /// <param name="most">The maximum number of orders.</param>
    /// <returns>The number of orders.</returns>
    public static int Run(Func<(Action[] Threads, Action Check)> begin, int most)
    {
        List<(int Chosen, int Choices)> path = [];
        var runs = 0;
        do
        {
            if (++runs > most)
            {
                throw new InvalidOperationException($"There are more than {most} orders.");
            }

            RunOnce(begin, path);
        }
        while (Next(path));

        return runs;
    }

    private static void RunOnce(Func<(Action[] Threads, Action Check)> begin, List<(int Chosen, int Choices)> path)
    {
        var (threads, check) = begin();
        var actors = Array.ConvertAll(threads, static thread => new Actor(thread));
        var depth = 0;
        while (true)
        {
            var locked = Array.Exists(actors, static actor => actor.HasLock);
            var able = Array.FindAll(actors, actor => !actor.IsOver && !(locked && actor.WantsLock));
            if (able.Length == 0)
            {
                break;
            }

            if (depth == path.Count)
            {
                path.Add((0, able.Length));
            }

            able[path[depth].Chosen].Step();
            depth++;
        }

        if (!Array.TrueForAll(actors, static actor => actor.IsOver))
        {
            throw new InvalidOperationException($"Nobody can go on: {Describe(path)}.");
        }

        Array.ForEach(actors, static actor => actor.Dispose());
        try
        {
            foreach (var actor in actors)
            {
                if (actor.Fault is { } fault)
                {
                    throw fault;
                }
            }

            check();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"In the order {Describe(path)}: {error.Message}", error);
        }
    }

    /// <summary>Moves to the next order by changing the last choice that has an alternative.</summary>
    private static bool Next(List<(int Chosen, int Choices)> path)
    {
        while (path.Count > 0)
        {
            var (chosen, choices) = path[^1];
            path.RemoveAt(path.Count - 1);
            if (chosen + 1 < choices)
            {
                path.Add((chosen + 1, choices));
                return true;
            }
        }

        return false;
    }

    private static string Describe(List<(int Chosen, int Choices)> path) =>
        string.Join(' ', path.Select(static step => step.Chosen));
}
