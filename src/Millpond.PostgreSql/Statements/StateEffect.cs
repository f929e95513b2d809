namespace Millpond.PostgreSql.Statements;

/// <summary>The state that a command leaves on its connection (S21).</summary>
internal enum StateEffect
{
    Nothing,

    /// <summary>State that ends with the transaction (S09).</summary>
    /// <remarks>Best effort: no SQL text shows what a function sets.</remarks>
    Local,

    /// <summary>Settings, locks, temporary tables and the like, which outlive the transaction and which a reset
    /// undoes.</summary>
    State,

    /// <summary>It may have dropped statements that the driver has prepared, which the driver does not notice.</summary>
    NoPlans,
}
