internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// The file beside a model that takes its large tensors.
final class OnnxExternalDataWriter {
    /// Tensors below this stay in the model file.
    static let smallestTensor = 1024

    let fileName: String
    /// Where each tensor begins. Multiples of a page, so that a reader can map a tensor alone.
    private(set) var tensors: [(offset: Int, tensor: Tensor)] = []
    private var end = 0

    init(fileName: String) { self.fileName = fileName }

    func place(_ tensor: Tensor) -> Int {
        let offset = (end + 4095) & ~4095
        tensors.append((offset, tensor))
        end = offset + tensor.byteCount
        return offset
    }

    func write(to path: String) throws -> AtomicFile {
        let file = try AtomicFile(path: path)
        let padding = [UInt8](repeating: 0, count: 4096)
        for (offset, tensor) in tensors {
            try padding.withUnsafeBytes { zeros in
                try file.append(UnsafeRawBufferPointer(rebasing: zeros[..<(offset - file.byteCount)]))
            }
            try tensor.withBytes { try file.append($0) }
        }
        return file
    }
}

extension ProtobufWriter {
    /// The fields of a `TensorProto`.
    mutating func addTensorFields(
        _ tensor: Tensor, name: String = "", annotations: Annotations = Annotations(),
        externalData: OnnxExternalDataWriter? = nil
    ) {
        add(1, unpacked: tensor.shape)
        add(2, OnnxElementType.number(tensor.elementType))
        if tensor.elementType == .string {
            for string in tensor.strings { add(6, string) }
        }
        if !name.isEmpty { add(8, name) }
        let isExternal = tensor.byteCount >= OnnxExternalDataWriter.smallestTensor
        if tensor.elementType != .string, !(isExternal && externalData != nil) { add(9, contentsOf: tensor) }
        if !annotations.documentation.isEmpty { add(12, annotations.documentation) }
        if let externalData, isExternal {
            let offset = externalData.place(tensor)
            add(13, ("location", externalData.fileName))
            add(13, ("offset", String(offset)))
            add(13, ("length", String(tensor.byteCount)))
            add(14, 1)
        }
        for property in annotations.properties { add(16, property) }
    }

    /// A `StringStringEntryProto`.
    mutating func add(_ field: Int, _ pair: (key: String, value: String)) {
        add(field) { entry in
            entry.add(1, pair.key)
            entry.add(2, pair.value)
        }
    }

    /// A `ValueInfoProto`.
    mutating func addValueInfo(_ field: Int, name: String, type: ValueType, annotations: Annotations) {
        add(field) { info in
            info.add(1, name)
            if type != .unknown { info.add(2) { $0.addTypeFields(type) } }
            if !annotations.documentation.isEmpty { info.add(3, annotations.documentation) }
            for property in annotations.properties { info.add(4, property) }
        }
    }

    /// The fields of a `TypeProto`.
    mutating func addTypeFields(_ type: ValueType) {
        switch type {
        case .unknown: break
        case .sequence(let element): add(4) { $0.add(1) { $0.addTypeFields(element) } }
        case .optional(let wrapped): add(9) { $0.add(1) { $0.addTypeFields(wrapped) } }
        case .tensor(let tensor):
            add(1) { message in
                message.add(1, OnnxElementType.number(tensor.elementType))
                guard let shape = tensor.shape else { return }
                message.add(2) { message in
                    for dimension in shape { message.add(1) { $0.addDimensionFields(dimension) } }
                }
            }
        }
    }

    private mutating func addDimensionFields(_ dimension: Dimension) {
        switch dimension {
        case .fixed(let extent): add(1, extent)
        case .symbol(let name): add(2, name)
        case .unknown: break
        }
    }
}
