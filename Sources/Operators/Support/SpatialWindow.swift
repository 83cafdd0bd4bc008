internal import ModelGraph
internal import TensorCore

/// The window of a convolution or a pool: kernel, strides, dilations and padding, one entry a spatial axis.
///
/// ONNX Operators, `Conv` and `MaxPool`.
public struct SpatialWindow: Sendable, Hashable {
    public enum Padding: Sendable, Hashable {
        /// All begins, then all ends; `nil` is no padding.
        case explicit([Int]?)
        /// As much as gives ceil(input / stride) outputs; an odd rest goes to the end.
        case sameUpper
        /// The same, an odd rest goes to the beginning.
        case sameLower
        case valid
    }

    /// `nil` where the weights' shape says it.
    public var kernel: [Int]?
    /// `nil` is 1 along every axis.
    public var strides: [Int]?
    /// `nil` is 1 along every axis.
    public var dilations: [Int]?
    public var padding: Padding

    public init(
        kernel: [Int]? = nil, strides: [Int]? = nil, dilations: [Int]? = nil, padding: Padding = .explicit(nil)
    ) {
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
    }

    /// A window with every number worked out for a given input.
    public struct Resolved: Sendable, Hashable {
        public var kernel: [Int]
        public var strides: [Int]
        public var dilations: [Int]
        public var padBegin: [Int]
        public var padEnd: [Int]
        public var output: [Int]
    }

    /// Works out padding and output extents.
    /// - Parameters:
    ///   - input: the spatial extents of the input.
    ///   - kernel: the kernel's extents where the window does not say them.
    ///   - ceilMode: rounds the output extent up (pools), but no window may begin in the padding at the end.
    /// - Throws: `invalidModel` for attributes of the wrong length, extents or strides below 1, negative or
    ///   overflowing sizes, or a kernel larger than the padded input.
    public func resolve(input: [Int], kernel fallback: [Int]? = nil, ceilMode: Bool = false) throws -> Resolved {
        let rank = input.count
        guard let kernel = kernel ?? fallback else {
            throw OctetError(.invalidModel, "attribute 'kernel_shape' is missing")
        }
        if let fallback, fallback != kernel {
            throw OctetError(
                .invalidModel, "attribute 'kernel_shape' contradicts the weights", expected: "\(fallback)",
                found: "\(kernel)")
        }
        let strides = strides ?? Array(repeating: 1, count: rank)
        let dilations = dilations ?? Array(repeating: 1, count: rank)
        let limit = 1 << 30
        for (name, values) in [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)] {
            guard values.count == rank, values.allSatisfy({ $0 >= 1 && $0 <= limit }) else {
                throw OctetError(
                    .invalidModel, "attribute '\(name)' does not fit an input with \(rank) spatial axes",
                    expected: "\(rank) numbers of at least 1", found: "\(values)")
            }
        }
        guard input.allSatisfy({ $0 >= 0 && $0 <= limit }) else {
            throw OctetError(.invalidModel, "the input's extents are out of range", found: "\(input)")
        }
        var result = Resolved(
            kernel: kernel, strides: strides, dilations: dilations, padBegin: Array(repeating: 0, count: rank),
            padEnd: Array(repeating: 0, count: rank), output: [])
        for axis in 0..<rank {
            let extent = (kernel[axis] - 1) * dilations[axis] + 1
            switch padding {
            case .valid: break
            case .sameUpper, .sameLower:
                let outputs = (input[axis] + strides[axis] - 1) / strides[axis]
                let total = max(0, (outputs - 1) * strides[axis] + extent - input[axis])
                result.padBegin[axis] = padding == .sameUpper ? total / 2 : total - total / 2
                result.padEnd[axis] = total - result.padBegin[axis]
            case .explicit(let pads):
                let pads = pads ?? Array(repeating: 0, count: 2 * rank)
                guard pads.count == 2 * rank, pads.allSatisfy({ $0 >= 0 && $0 <= limit }) else {
                    throw OctetError(
                        .invalidModel, "attribute 'pads' does not fit", expected: "\(2 * rank) numbers of at least 0",
                        found: "\(pads)")
                }
                result.padBegin[axis] = pads[axis]
                result.padEnd[axis] = pads[rank + axis]
            }
            let room = input[axis] + result.padBegin[axis] + result.padEnd[axis] - extent
            guard room >= 0 else {
                throw OctetError(
                    .invalidModel, "the kernel does not fit into the padded input along spatial axis \(axis)",
                    expected: "at most \(room + extent)", found: "\(extent)")
            }
            var outputs = room / strides[axis] + 1
            if ceilMode, room % strides[axis] != 0, outputs * strides[axis] < input[axis] + result.padBegin[axis] {
                outputs += 1
            }
            result.output.append(outputs)
        }
        return result
    }
}
