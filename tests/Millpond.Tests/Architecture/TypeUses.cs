using System.Reflection;
using System.Reflection.Emit;

namespace Millpond.Tests.Architecture;

/// <summary>Finds the types that a compiled type uses in its members' signatures and bodies.</summary>
internal static class TypeUses
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance |
        BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value);

    /// <summary>Returns the used types, including those of nested types, each as its outermost type.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Note(type, found);
        found.Remove(type);
        return found;
    }

    private static void Note(Type type, HashSet<Type> found)
    {
        Add(type.BaseType, found);
        AddAll(type.GetInterfaces(), found);
        AddAll(type.GetFields(All).Select(static field => field.FieldType), found);
        foreach (var method in type.GetMembers(All).OfType<MethodBase>())
        {
            AddAll(method.GetParameters().Select(static parameter => parameter.ParameterType), found);
            Add((method as MethodInfo)?.ReturnType, found);
            if (method.GetMethodBody() is { } body)
            {
                AddAll(body.LocalVariables.Select(static local => local.LocalType), found);
                AddAll(body.ExceptionHandlingClauses
                    .Where(static clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
                    .Select(static clause => clause.CatchType), found);
                NoteBody(method, body.GetILAsByteArray()!, found);
            }
        }

        foreach (var nested in type.GetNestedTypes(All))
        {
            Note(nested, found);
        }
    }

    private static void NoteBody(MethodBase method, byte[] code, HashSet<Type> found)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var opCode = code[at] == 0xFE ? Codes[(short)((0xFE << 8) | code[at + 1])] : Codes[code[at]];
            at += opCode.Size;
            if (opCode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType
                or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
                Add(member as Type ?? member.DeclaringType, found);
                AddAll((member as MethodInfo)?.GetGenericArguments() ?? [], found);
            }

            at += OperandSize(opCode.OperandType, code, at);
        }
    }

    private static int OperandSize(OperandType type, byte[] code, int at) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static void AddAll(IEnumerable<Type?> types, HashSet<Type> found)
    {
        foreach (var type in types)
        {
            Add(type, found);
        }
    }

    private static void Add(Type? type, HashSet<Type> found)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        Add(type.HasElementType ? type.GetElementType() : null, found);
        if (type.IsGenericType)
        {
            AddAll(type.GetGenericArguments(), found);
            type = type.GetGenericTypeDefinition();
        }

        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        found.Add(type);
    }
}
