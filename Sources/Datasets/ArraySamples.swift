internal import TensorCore

/// The samples that one array holds for one input.
struct ArraySamples: Sendable {
    private let array: NumPyArray
    private let input: DatasetInput
    /// Set when the array holds pictures.
    private let encoder: ImageEncoder?
    /// False when the whole array is one sample.
    private let hasSampleAxis: Bool
    let name: String
    let count: Int

    /// - Parameters:
    ///   - name: what messages call the array.
    ///   - mayBeSingle: whether an array without a sample axis is taken as one sample.
    /// - Throws: `invalidData` when it has no axis for samples or cannot fit the input.
    init(
        _ array: NumPyArray, name: String, input: DatasetInput, preprocessing: Preprocessing, mayBeSingle: Bool = false
    ) throws {
        self.array = array
        self.name = name
        self.input = input
        hasSampleAxis = !(mayBeSingle && Self.isSingle(array, input))
        guard !hasSampleAxis || !array.shape.isEmpty else {
            throw OctetError(
                .invalidData, "the array has no axis for samples", file: name, expected: "shape (N, …)", found: "()")
        }
        let sampleShape = Array(hasSampleAxis ? array.shape.dropFirst() : array.shape[...])
        count = hasSampleAxis ? array.shape[0] : 1
        let isPicture = try Self.isPicture(array.elementType, sampleShape, input, preprocessing, name: name)
        encoder = isPicture ? try ImageEncoder(preprocessing, for: input) : nil
    }

    func tensor(at index: Int) throws -> Tensor {
        do {
            let sample = hasSampleAxis ? array.row(index) : array.tensor()
            guard let encoder else { return try input.arranged(input.converted(sample)) }
            let (height, width) = (sample.shape[0], sample.shape[1])
            let channels = sample.rank == 3 ? sample.shape[2] : 1
            let pixels = sample.elements(as: UInt8.self)
            return try encoder.tensor(from: Image(width: width, height: height, channels: channels, pixels: pixels))
        } catch let error as OctetError {
            throw error.at(file: name)
        }
    }

    /// An array whose axes are those of the input without the batch, or one picture.
    private static func isSingle(_ array: NumPyArray, _ input: DatasetInput) -> Bool {
        if array.elementType == .uint8, array.shape.count == 3 { return [1, 3].contains(array.shape[2]) }
        guard let shape = input.type.shape, shape.count == array.shape.count + 1 else { return false }
        return zip(array.shape, shape.dropFirst()).allSatisfy { $1.value == nil || $1.value == $0 }
    }

    /// Bytes with rows and columns are a picture, unless the input wants them as they are.
    private static func isPicture(
        _ elementType: ElementType, _ shape: [Int], _ input: DatasetInput, _ preprocessing: Preprocessing, name: String
    ) throws -> Bool {
        let wanted = input.type.elementType
        guard elementType == .uint8, shape.count >= 2, wanted.isFloatingPoint || wanted.bitWidth == 8 else {
            return false
        }
        if shape.count == 2 || shape.count == 3 && (shape[2] == 1 || shape[2] == 3) {
            return !shape.contains(0)
        }
        if preprocessing == .none { return false }
        throw OctetError(
            .invalidData, "the bytes cannot be preprocessed as pictures", file: name,
            expected: "shape (N, height, width) or (N, height, width, 1 or 3)",
            found: "(N, \(shape.map(String.init).joined(separator: ", ")))",
            remedy: "Put the channels last, or give floating-point numbers that need no preprocessing")
    }
}

/// Samples from arrays, one or more a model input.
struct ArrayDataset: Dataset {
    /// Arrays of as many samples each, by the input they are for.
    private let inputs: [(input: String, samples: ArraySamples)]
    private let path: String

    /// - Throws: `invalidData` when the arrays have different numbers of samples.
    init(_ inputs: [(input: String, samples: ArraySamples)], path: String) throws {
        self.inputs = inputs
        self.path = path
        guard Set(inputs.map(\.samples.count)).count <= 1 else {
            throw OctetError(
                .invalidData, "the arrays hold different numbers of samples", file: path,
                found: inputs.map { "\($0.input): \($0.samples.count)" }.joined(separator: ", "))
        }
    }

    var count: Int { inputs.first?.samples.count ?? 0 }

    func name(at index: Int) -> String { "\(path)[\(index)]" }

    func tensors(at index: Int) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (input, samples) in inputs { tensors[input] = try samples.tensor(at: index) }
        return tensors
    }
}

/// Several data sets, one after the other.
struct JoinedDataset: Dataset {
    private let parts: [any Dataset]
    /// Where each part begins, and the end.
    private let starts: [Int]

    init(_ parts: [any Dataset]) {
        self.parts = parts
        starts = parts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    }

    var count: Int { starts.last ?? 0 }

    func name(at index: Int) -> String {
        let (part, offset) = place(of: index)
        return parts[part].name(at: offset)
    }

    func label(at index: Int) -> Int? {
        let (part, offset) = place(of: index)
        return parts[part].label(at: offset)
    }

    func tensors(at index: Int) throws -> [String: Tensor] {
        let (part, offset) = place(of: index)
        return try parts[part].tensors(at: offset)
    }

    private func place(of index: Int) -> (part: Int, offset: Int) {
        precondition(0..<count ~= index, "sample \(index) of \(count)")
        var (low, high) = (0, parts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= index { low = middle } else { high = middle }
        }
        return (low, index - starts[low])
    }
}
