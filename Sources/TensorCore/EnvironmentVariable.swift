#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One variable of the process's environment. Foundation makes a dictionary of all of them for every question.
public enum EnvironmentVariable {
    /// `nil` when it is not set.
    public static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
