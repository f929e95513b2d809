namespace Millpond.Cli.Top.Page;

/// <summary>What an operation has recently cost the pool.</summary>
internal sealed record PageCost(string Operation, double Share, double IdleShare, int Holding);
