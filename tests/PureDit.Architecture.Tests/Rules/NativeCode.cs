// Ways out of managed code, read from the metadata of a compiled assembly, where nothing can be spelled differently:
//   imports             rows of the ImplMap table: DllImport, and what LibraryImport generates
//   unmanaged calls     signatures of calls through function pointers with an unmanaged convention
//   named doors         references to NativeLibrary, and to delegates made of function pointers

using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PureDit.Architecture.Tests;

internal static class NativeCode
{
    private static readonly string[] s_doors = ["NativeLibrary", "GetDelegateForFunctionPointer", "GetFunctionPointerForDelegate"];

    /// <summary>Every way out, one line each; imports begin with "import ".</summary>
    public static IReadOnlyList<string> In(string assemblyFile)
    {
        using PEReader file = new(File.OpenRead(assemblyFile));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. Imports(metadata), .. UnmanagedCalls(metadata), .. Doors(metadata)];
    }

    private static IEnumerable<string> Imports(MetadataReader metadata)
    {
        foreach (MethodDefinition method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
        {
            MethodImport import = method.GetImport();
            if (import.Module.IsNil) continue;
            TypeDefinition type = metadata.GetTypeDefinition(method.GetDeclaringType());
            yield return $"import {metadata.GetString(import.Name)} of {metadata.GetString(metadata.GetModuleReference(import.Module).Name)}, "
                + $"by {metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
        }
    }

    private static IEnumerable<string> UnmanagedCalls(MetadataReader metadata)
    {
        for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.StandAloneSig); row++)
        {
            StandaloneSignature signature = metadata.GetStandaloneSignature(MetadataTokens.StandaloneSignatureHandle(row));
            SignatureHeader header = metadata.GetBlobReader(signature.Signature).ReadSignatureHeader();
            if (header.Kind == SignatureKind.Method && header.CallingConvention is not (SignatureCallingConvention.Default or SignatureCallingConvention.VarArgs))
            {
                yield return $"call through a function pointer, {header.CallingConvention}";
            }
        }
    }

    private static IEnumerable<string> Doors(MetadataReader metadata) =>
        metadata.TypeReferences.Select(handle => metadata.GetString(metadata.GetTypeReference(handle).Name))
            .Concat(metadata.MemberReferences.Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name)))
            .Where(name => s_doors.Contains(name))
            .Select(name => $"reference to {name}");
}
