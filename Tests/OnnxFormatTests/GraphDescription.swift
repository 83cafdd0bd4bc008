import ModelGraph
import TensorCore

@testable import OnnxFormat

extension Graph {
    /// Everything a round trip must keep, in words: operators, names, wiring, interface types, constants by content.
    var structure: [String] {
        get throws {
            var lines = ["graph \(name) \(annotations.documentation)"]
            for id in inputs { lines.append("input \(self[id].name): \(self[id].type)") }
            for id in outputs { lines.append("output \(self[id].name): \(self[id].type)") }
            for id in try executionOrder() {
                let node = self[id]
                let inputs = node.inputs.map { $0.map(describe) ?? "-" }
                let outputs = node.outputs.map { $0.map { "\(self[$0].name): \(self[$0].type)" } ?? "-" }
                lines.append(
                    "node \(node.name) \(node.op.name) (\(inputs.joined(separator: ", "))) -> "
                        + "(\(outputs.joined(separator: ", "))) \(node.annotations.documentation)")
                lines.append("  \(attributes(of: node.op))")
            }
            return lines
        }
    }

    private func describe(_ id: ValueID) -> String {
        guard let constant = self[id].constant else { return self[id].name }
        return "\(self[id].name)=\(constant.type)#\(constant.contentHash)"
    }

    private func attributes(of op: any Operator) -> String {
        if let opaque = op as? OnnxOpaqueOperator { return opaque.attributeDescription }
        return Mirror(reflecting: op).children.map { label, value in
            let text =
                switch value {
                case let graph as Graph: "\((try? graph.structure) ?? ["cyclic"])"
                case let tensor as Tensor: "\(tensor.type)#\(tensor.contentHash)"
                default: "\(value)"
                }
            return "\(label ?? "")=\(text)"
        }.joined(separator: " ")
    }
}

extension Tensor {
    /// A fingerprint of the elements (FNV-1a).
    var contentHash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        if elementType == .string {
            for string in strings {
                for byte in string.utf8 { mix(byte) }
                mix(0)
            }
        } else {
            withBytes { for byte in $0 { mix(byte) } }
        }
        return hash
    }
}

extension OnnxOpaqueOperator {
    var attributeDescription: String {
        attributes.sorted.map { name, value in
            switch value {
            case .graph(let graph): "\(name)=\((try? graph.structure) ?? ["cyclic"])"
            case .graphs(let graphs): "\(name)=\(graphs.map { (try? $0.structure) ?? ["cyclic"] })"
            case .tensor(let tensor): "\(name)=\(tensor.type)#\(tensor.contentHash)"
            case .tensors(let tensors): "\(name)=\(tensors.map { "\($0.type)#\($0.contentHash)" })"
            default: "\(name)=\(value)"
            }
        }.joined(separator: " ")
    }
}
