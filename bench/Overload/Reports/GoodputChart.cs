using System.Globalization;
using System.Text;
using Millpond.Overload.Runs;

namespace Millpond.Overload.Reports;

/// <summary>Draws goodput against offered load on <c>/slow</c> as SVG, with a line for each service.</summary>
internal static class GoodputChart
{
    private const double Left = 70;
    private const double Right = 590;
    private const double Top = 50;
    private const double Bottom = 350;
    private const double Most = 120;   // requests per second, slightly more than the pool can serve
    private const double Least = 40;
    private const double Farthest = 1_200;

    private static readonly string[] Colours = ["#0b6e4f", "#c0392b", "#2c5f9e", "#b7791f", "#5fb49c"];

    public static string Draw(IReadOnlyList<StepResult> results)
    {
        var steps = results.Where(IsStep).ToList();
        var svg = new StringBuilder();
        svg.Append("""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 410" width="760" height="410"
                 font-family="sans-serif" font-size="13">
            <title>Goodput against offered load, two connections with statements of 20 ms</title>
            <rect width="760" height="410" fill="#ffffff"/>
            <text x="70" y="28" font-size="15" font-weight="bold"
                  fill="#222222">Done within 1 s, by what was asked for (GET /slow, 2 connections)</text>

            """);
        DrawAxes(svg, steps);
        var peers = steps.GroupBy(step => step.Peer).ToList();
        for (var i = 0; i < peers.Count; i++)
        {
            DrawPeer(svg, peers[i].Key, [.. peers[i].OrderBy(step => step.Offered)], Colours[i % Colours.Length], i);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static bool IsStep(StepResult result) =>
        result.Operation == Operation.Slow && result is { Offered: not null, Burst: null, BrownOut: null };

    private static void DrawAxes(StringBuilder svg, List<StepResult> steps)
    {
        for (var rate = 0; rate <= Most; rate += 20)
        {
            var y = Y(rate);
            Append(svg, $"""<line x1="{Left}" y1="{y:0.#}" x2="{Right}" y2="{y:0.#}" stroke="#dddddd"/>""");
            Append(svg, $"""<text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end" fill="#444444">{rate}</text>""");
        }

        foreach (var step in steps.DistinctBy(step => step.Scenario))
        {
            var x = X(step.Offered!.Value);
            var y = Bottom + (step.Scenario == "1.2 x" ? 34 : 18);   // there is no space next to 1 x
            Append(svg, $"""<line x1="{x:0.#}" y1="{Bottom}" x2="{x:0.#}" y2="{y - 12:0.#}" stroke="#888888"/>""");
            Append(svg, $"""
                <text x="{x:0.#}" y="{y:0.#}" text-anchor="middle" fill="#444444">{step.Offered:0} ({step.Scenario})</text>
                """);
        }

        Append(svg, $"""<line x1="{Left}" y1="{Bottom}" x2="{Right}" y2="{Bottom}" stroke="#444444"/>""");
        Append(svg, $"""
            <text x="{(Left + Right) / 2}" y="{Bottom + 52}" text-anchor="middle"
                  fill="#222222">requests offered per second</text>
            """);
        Append(svg, $"""
            <text transform="translate(22 {(Top + Bottom) / 2}) rotate(-90)" text-anchor="middle"
                  fill="#222222">done per second</text>
            """);
    }

    private static void DrawPeer(StringBuilder svg, string name, IReadOnlyList<StepResult> steps, string colour, int place)
    {
        var points = string.Join(' ', steps.Select(step => Invariant($"{X(step.Offered!.Value):0.#},{Y(step.Goodput):0.#}")));
        Append(svg, $"""<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>""");
        foreach (var step in steps)
        {
            var fill = step.IsVoid ? "#ffffff" : colour;
            Append(svg, $"""
                <circle cx="{X(step.Offered!.Value):0.#}" cy="{Y(step.Goodput):0.#}" r="4.5" fill="{fill}" stroke="{colour}"/>
                """);
        }

        var y = Top + 20 + (place * 24);
        Append(svg, $"""<line x1="{Right + 20}" y1="{y}" x2="{Right + 48}" y2="{y}" stroke="{colour}" stroke-width="2.5"/>""");
        Append(svg, $"""<text x="{Right + 56}" y="{y + 4}" fill="#222222">{name}</text>""");
        if (place == 0)
        {
            Append(svg, $"""<text x="{Right + 20}" y="{Bottom}" font-size="12" fill="#444444">hollow: a void run</text>""");
        }
    }

    private static double X(double offered) => Left + ((Right - Left) * Math.Log(offered / Least) / Math.Log(Farthest / Least));

    private static double Y(double rate) => Bottom - ((Bottom - Top) * Math.Min(rate, Most) / Most);

    private static void Append(StringBuilder svg, FormattableString line) => svg.Append(Invariant(line)).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
