import Foundation

/// The trained models and labelled data that are too large for the repository.
///
/// They are looked for in `OCTET_TEST_DATA`, by default `../shared` beside the package. Without them the suites that
/// need them are skipped; with `CI=true` they run and fail.
public enum TestData {
    /// The folder that holds `models` and `data`.
    public static let root: String = {
        if let path = ProcessInfo.processInfo.environment["OCTET_TEST_DATA"] { return path }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared").path
    }()

    /// The condition of a suite that needs the data.
    public static let isAvailableOrRequired: Bool =
        FileManager.default.fileExists(atPath: root) || ProcessInfo.processInfo.environment["CI"] == "true"

    /// The path of a trained ONNX model.
    public static func model(_ name: String) -> String { "\(root)/models/\(name).onnx" }

    /// The files of a folder with this ending, sorted; empty when there is no such folder.
    public static func files(in folder: String, ending: String) -> [String] {
        let path = root + "/" + folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { path + "/" + $0 }
    }
}
