internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let normalizationRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("BatchNormalization", BatchNormalization.self) { node in
            guard try node.takeFlag("training_mode") != true, node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
                throw node.unsupported("BatchNormalization in training mode is not known")
            }
            guard try node.takeFlag("spatial") != false else {
                throw node.unsupported("BatchNormalization with 'spatial' 0 is not known")
            }
            _ = try node.takeFloat("momentum")
            return BatchNormalization(epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.attributes["epsilon"] = .float(op.epsilon)
        },
        OnnxOperatorRow("LayerNormalization", LayerNormalization.self) { node in
            try node.requireFloatStash()
            return LayerNormalization(
                axis: try node.takeInt("axis") ?? -1, epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.put("axis", op.axis, unless: -1)
            node.attributes["epsilon"] = .float(op.epsilon)
        },
        OnnxOperatorRow("RMSNormalization", RootMeanSquareNormalization.self) { node in
            try node.requireFloatStash()
            return RootMeanSquareNormalization(
                axis: try node.takeInt("axis") ?? -1, epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.put("axis", op.axis, unless: -1)
            node.attributes["epsilon"] = .float(op.epsilon)
        },
        OnnxOperatorRow("GroupNormalization", GroupNormalization.self) { node in
            try node.requireFloatStash()
            return GroupNormalization(
                groups: try node.takeInt("num_groups") ?? 1, epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.attributes["num_groups"] = .int(op.groups)
            node.attributes["epsilon"] = .float(op.epsilon)
            let count = node.inputTypes.count > 1 ? node.inputTypes[1]?.fixedShape?.first : nil
            let channels = node.inputTypes.first??.shape?.dropFirst().first?.value
            guard let count, let channels, count == channels else {
                guard node.version < 21 else {
                    throw node.unsupported("GroupNormalization scales channels, not groups, since operator set 21")
                }
                return
            }
            if op.groups != channels { node.requireVersion(21) }
        },
        OnnxOperatorRow("InstanceNormalization", InstanceNormalization.self) { node in
            InstanceNormalization(epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.attributes["epsilon"] = .float(op.epsilon)
        },
        OnnxOperatorRow("LRN", LocalResponseNormalization.self) { node in
            LocalResponseNormalization(
                size: try node.takeInt("size") ?? 0, alpha: try node.takeFloat("alpha") ?? 0.0001,
                beta: try node.takeFloat("beta") ?? 0.75, bias: try node.takeFloat("bias") ?? 1)
        } write: { op, node in
            node.attributes["size"] = .int(op.size)
            node.attributes["alpha"] = .float(op.alpha)
            node.attributes["beta"] = .float(op.beta)
            node.attributes["bias"] = .float(op.bias)
        },
        OnnxOperatorRow("LpNormalization", LpNormalization.self) { node in
            LpNormalization(axis: try node.takeInt("axis") ?? -1, order: try node.takeInt("p") ?? 2)
        } write: { op, node in
            node.put("axis", op.axis, unless: -1)
            node.put("p", op.order, unless: 2)
        },
        softmaxRow(Softmax.self), softmaxRow(LogSoftmax.self), softmaxRow(Hardmax.self),
    ]

    private static func softmaxRow<Op: SoftmaxOperator>(_ type: Op.Type) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            Op(axis: try node.takeInt("axis") ?? (node.version < 13 ? 1 : -1), flattens: node.version < 13)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
            let flattens = node.version < 13
            guard op.flattens != flattens, !isAlongOneAxis(op.axis, node.inputTypes.first ?? nil) else { return }
            guard flattens else {
                throw node.unsupported("\(Op.name) over several axes at once does not exist after operator set 12")
            }
            node.requireVersion(13)
        }
    }

    /// True when all axes behind `axis` have extent 1, so that flattening them changes nothing.
    private static func isAlongOneAxis(_ axis: Int, _ type: TensorType?) -> Bool {
        if axis == -1 { return true }
        guard let shape = type?.shape else { return false }
        let first = axis < 0 ? axis + shape.count : axis
        return shape.dropFirst(first + 1).allSatisfy { $0 == 1 }
    }
}

extension OnnxNode {
    /// Takes the type in which a normalization computes; anything but float32 is not known.
    fileprivate mutating func requireFloatStash() throws {
        guard try takeInt("stash_type") ?? 1 == 1 else {
            throw unsupported("a 'stash_type' other than float32 is not known")
        }
    }
}
