internal import TensorCore

/// A `.npy` file: the first axis is the samples.
struct ArrayFileFormat: DatasetFormat {
    let summary = "a .npy file (first axis = samples)"

    func recognizes(_ path: String) throws -> Bool {
        Files.isFile(path) && Files.hasExtension(path, "npy")
    }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        let input = try request.onlyInput(for: "one array", file: path)
        let samples = try ArraySamples(
            NumPyArray(path: path), name: path, input: input, preprocessing: request.preprocessing)
        return try ArrayDataset([(input.name, samples)], path: path)
    }
}

/// A `.npz` file: an array for each input of the model.
struct ArrayArchiveFormat: DatasetFormat {
    let summary = "a .npz file (an array for each input of the model)"

    func recognizes(_ path: String) throws -> Bool {
        Files.isFile(path) && Files.hasExtension(path, "npz")
    }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        try Self.open(path, for: request, mayBeSingle: false)
    }

    static func open(_ path: String, for request: DatasetRequest, mayBeSingle: Bool) throws -> any Dataset {
        let archive = try NumPyArchive(path: path)
        let inputs = try request.inputs.map { input in
            let only = request.inputs.count == 1 && archive.names.count == 1 ? archive.names.first : nil
            guard let name = archive.names.contains(input.name) ? input.name : only else {
                throw OctetError(
                    .invalidData, "has no array for input '\(input.name)'", file: path,
                    found: archive.names.isEmpty ? "no arrays" : archive.names.joined(separator: ", "),
                    remedy: "Name the arrays like the model's inputs")
            }
            let samples = try ArraySamples(
                archive.array(named: name), name: "\(path)(\(name))", input: input,
                preprocessing: request.preprocessing, mayBeSingle: mayBeSingle)
            return (input.name, samples)
        }
        return try ArrayDataset(inputs, path: path)
    }
}

/// A folder of `.npy` or `.npz` files.
///
/// Either one `.npy` for each input of a model with several, named like it; or files one after the other, each with
/// an axis of samples or without one.
struct ArrayFolderFormat: DatasetFormat {
    let summary = "a folder of .npy or .npz files"

    func recognizes(_ path: String) throws -> Bool {
        try Files.isFolder(path) && !files(in: path).isEmpty
    }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        let names = try files(in: path)
        let isForInput = request.inputs.allSatisfy { names.contains($0.name + ".npy") }
        if request.inputs.count > 1, isForInput {
            let inputs = try request.inputs.map { input in
                let file = Files.join(path, input.name + ".npy")
                let samples = try ArraySamples(
                    NumPyArray(path: file), name: file, input: input, preprocessing: request.preprocessing)
                return (input.name, samples)
            }
            return try ArrayDataset(inputs, path: path)
        }
        return JoinedDataset(
            try names.map { name in
                let file = Files.join(path, name)
                if Files.hasExtension(name, "npz") {
                    return try ArrayArchiveFormat.open(file, for: request, mayBeSingle: true)
                }
                let input = try request.onlyInput(for: "arrays without names", file: file)
                let samples = try ArraySamples(
                    NumPyArray(path: file), name: file, input: input, preprocessing: request.preprocessing,
                    mayBeSingle: true)
                return try ArrayDataset([(input.name, samples)], path: file)
            })
    }

    private func files(in folder: String) throws -> [String] {
        guard Files.isFolder(folder) else { return [] }
        return try Files.names(in: folder).filter { Files.hasExtension($0, "npy") || Files.hasExtension($0, "npz") }
    }
}
