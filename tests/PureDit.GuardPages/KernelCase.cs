using System.Reflection;
using PureDit.Kernels;

namespace PureDit.GuardPages;

/// <summary>One kernel with one dimension free and the others small primes.</summary>
/// <param name="Kernel">Class, method and names of the parameters, as <see cref="KernelCase.Name"/> writes them.</param>
/// <param name="Dimension">What the free number is.</param>
/// <param name="Run">Calls the kernel on arrays exactly as long as it asks for.</param>
internal sealed record KernelCase(string Kernel, string Dimension, Action<Cpu, GuardedArrays, int> Run)
{
    /// <summary>Lengths of the free dimension: every one up to 257, and those around 4096.</summary>
    public static IEnumerable<int> Sizes => Enumerable.Range(0, 258).Concat([4095, 4096, 4097]);

    /// <summary>A kernel's name: overloads differ in their parameters.</summary>
    public static string Name(MethodInfo method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Skip(1).Select(parameter => parameter.Name))})";

    /// <summary>Every public kernel there is: what takes a <see cref="Cpu"/> first.</summary>
    public static IEnumerable<string> Kernels() =>
        from type in typeof(Cpu).Assembly.GetExportedTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.GetParameters() is [ParameterInfo first, ..] && first.ParameterType == typeof(Cpu)
        orderby Name(method)
        select Name(method);
}
