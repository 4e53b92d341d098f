namespace PureDit.Formats;

/// <summary>The rule that a safetensors file broke. Names follow the reference implementation where it has one.</summary>
public enum SafetensorsRule
{
    /// <summary>Fewer than 8 bytes, as pipes and devices seem to have, or a header of fewer than 2.</summary>
    HeaderTooSmall,

    /// <summary>The header is said to be longer than 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header is said to reach past the end of the file.</summary>
    InvalidHeaderLength,

    /// <summary>The header, or an index, does not begin with an opening brace.</summary>
    HeaderStart,

    /// <summary>The header, or an index, is not UTF-8.</summary>
    HeaderUtf8,

    /// <summary>A string of the header escapes half of a surrogate pair.</summary>
    HeaderUtf16,

    /// <summary>The header, or an index, is not JSON.</summary>
    HeaderJson,

    /// <summary>The header nests deeper than tensor descriptions do, or an index deeper than its maps.</summary>
    HeaderDepth,

    /// <summary>A key occurs twice in one object.</summary>
    DuplicateKey,

    /// <summary>The metadata is not a map from strings to strings.</summary>
    MetadataNotStringMap,

    /// <summary>A tensor description is not an object with exactly dtype, shape and data_offsets.</summary>
    TensorInfoShape,

    /// <summary>The element type is unknown, or known and not supported.</summary>
    UnsupportedDtype,

    /// <summary>A dimension or an offset is not a plain unsigned 64-bit decimal number.</summary>
    NotUnsignedInteger,

    /// <summary>The product of the dimensions overflows.</summary>
    ValidationOverflow,

    /// <summary>More than 16 dimensions.</summary>
    RankTooLarge,

    /// <summary>Offsets are not a pair, are reversed, leave a hole or overlap.</summary>
    InvalidOffset,

    /// <summary>The offsets do not hold as many bytes as shape and type need.</summary>
    TensorInvalidInfo,

    /// <summary>The file is shorter or longer than its tensors.</summary>
    MetadataIncompleteBuffer,

    /// <summary>A tensor name is empty, too long or holds control characters.</summary>
    TensorName,

    /// <summary>A directory, a pipe or another thing without a length.</summary>
    NotARegularFile,

    /// <summary>The tensors need more bytes than the caller allows, or one of them more than an array can hold.</summary>
    TooManyBytes,

    /// <summary>An index is not an object with a map of weights and, if any, an object of metadata.</summary>
    IndexFields,

    /// <summary>An index names a shard by something that is not the plain name of a .safetensors file.</summary>
    ShardName,

    /// <summary>A shard that an index names is not there.</summary>
    ShardMissing,

    /// <summary>A tensor is not in the shard that the index names for it, or a shard holds one that the index does not.</summary>
    ShardMismatch,

    /// <summary>The total size of an index is not that of its tensors.</summary>
    TotalSize,

    /// <summary>No tensor of that name.</summary>
    TensorNotFound,

    /// <summary>The tensor is not of a type that converts to the one asked for.</summary>
    WrongDtype,

    /// <summary>A value does not fit the type asked for.</summary>
    ValueOutOfRange,

    /// <summary>The bytes are not those that the file's own checksum was taken of, or it has none (see <see cref="SealedFile"/>).</summary>
    Checksum,
}
