#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Who may have written a file.
public enum FileOwnership {
    /// True for a regular file or folder that belongs to this process's user and that nobody else may write.
    public static func isPrivate(_ path: String, isFolder: Bool) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else { return false }
        return status.st_mode & S_IFMT == (isFolder ? S_IFDIR : S_IFREG)
    }

    /// The length and the time of the last change, as one line; `nil` when there is no such file.
    public static func fingerprint(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return "\(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }
}
