internal import Kernels
internal import ModelGraph
internal import TensorCore

extension PlanBuilder {
    /// Emits a function of codes as one table.
    mutating func lowerCodeFunction(_ function: CodeFunction, _ context: Lowering.Context) throws -> Bool {
        let x = try view(of: function.source)
        guard x.isQuantized else { return false }
        var tables = [function.source: (0..<256).map { UInt8($0) }]
        for step in function.steps {
            guard let table = try table(of: step, tables) else { return false }
            tables[step.output] = table
        }
        guard let table = tables[context.output] else { return false }
        let y = try allocate(context.output, x.physicalOrder)
        lookup(x, to: y, table: table)
        return true
    }

    /// The byte that a step gives for each byte of the function's source.
    private mutating func table(of step: CodeFunction.Step, _ tables: [ValueID: [UInt8]]) throws -> [UInt8]? {
        let y = try codes(step.output)
        guard let x = try step.inputs.first.map(codes), y.isQuantized else { return nil }
        switch step.operation {
        case .group(let group):
            guard let inner = tables[step.inputs[0]], let outer = table(of: group, from: x, to: y) else { return nil }
            return inner.map { outer[Int($0)] }
        case .requantization:
            guard let inner = tables[step.inputs[0]] else { return nil }
            let outer = x.requantizationTable(to: y)
            return inner.map { outer[Int($0)] }
        case .binary(let isAddition, let clamp):
            let right = try codes(step.inputs[1])
            guard let a = bytes(step.inputs[0], tables), let b = bytes(step.inputs[1], tables),
                let args = octet_qbinary_args(
                    x, right, isAddition: isAddition, clamp, try type(of: step.output))
            else { return nil }
            return args.table(a, b, isAddition ? kernels.qadd_u8 : kernels.qmul_u8)
        }
    }

    /// Parameters of codes that may have no memory.
    private func codes(_ id: ValueID) throws -> View {
        let type = try type(of: id)
        return View(
            base: .constant(0), offset: 0, shape: [256], strides: [1], elementType: type.elementType,
            quantization: type.quantization, isFlipped: type.elementType == .int8)
    }

    private func bytes(_ id: ValueID, _ tables: [ValueID: [UInt8]]) -> [UInt8]? {
        if let table = tables[id] { return table }
        guard let constant = constant(id), constant.count == 1 else { return nil }
        let byte = constant.withBytes { $0[0] } ^ (constant.elementType == .int8 ? 0x80 : 0)
        return Array(repeating: byte, count: 256)
    }
}

extension octet_qbinary_args {
    /// What the kernel gives for 256 pairs of bytes.
    fileprivate func table(_ a: [UInt8], _ b: [UInt8], _ kernel: octet_kernel?) -> [UInt8] {
        var args = self
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                [UInt8](unsafeUninitializedCapacity: 256) { table, count in
                    args.nest = octet_nest([256])
                    args.nest.run_per_block = 256
                    args.nest.blocks_per_task = 1
                    args.a = octet_source(a.baseAddress, strides: [1])
                    args.b = octet_source(b.baseAddress, strides: [1])
                    args.output = octet_target(table.baseAddress, strides: [1])
                    kernel?(&args, 0)
                    count = 256
                }
            }
        }
    }
}
