namespace Millpond.PostgreSql;

/// <summary>What a command leaves on its connection that outlives the transaction (S21).</summary>
internal enum Lasting
{
    Nothing,

    /// <summary>Settings, locks, temporary tables and the like, which a reset undoes.</summary>
    State,

    /// <summary>It may have dropped statements that the driver has prepared, and the driver does not notice.</summary>
    NoPlans,
}
