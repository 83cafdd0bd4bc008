import CKernels
import Foundation
import Kernels
import Testing

@Suite struct FloatTests {
    /// Floats over the whole range of bit patterns, and the special ones.
    static let sample: [Float] = {
        var values: [Float] = [
            0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
        ]
        values += stride(from: UInt32(0), to: .max - 70_000, by: 65_521).map { Float(bitPattern: $0) }
        values += (-1500...1500).map { Float($0) * 0.0137 }
        return values
    }()

    static func unary(
        _ table: KernelTable, _ operation: octet_unary, _ values: [Float], alpha: Float = 0, beta: Float = 0
    ) -> [Float] {
        let input = Buffer(values)
        let output = Buffer(repeating: Float(0), count: values.count)
        var args = octet_unary_args(
            nest: octet_nest([values.count]), input: octet_source(input.base, strides: [1]),
            output: octet_target(output.base, strides: [1]), operation: operation, alpha: alpha, beta: beta)
        let tasks = octet_nest_schedule(&args.nest, 1000, 2)
        runTasks(unwrap(table.unary_f32), args, tasks)
        #expect(output.guardsAreIntact)
        return output.values
    }

    /// The distance from the exact value in units in the last place of a float.
    static func error(_ value: Float, _ exact: Double) -> Double {
        let rounded = Float(exact)
        if value == rounded || (value.isNaN && exact.isNaN) { return 0 }
        guard value.isFinite && rounded.isFinite else { return .infinity }
        return abs(Double(value) - exact) / Double(max(rounded.magnitude.ulp, Float.leastNonzeroMagnitude))
    }

    /// A function, the bound on its error in units in the last place, and its exact value.
    struct Function: Sendable, CustomTestStringConvertible {
        var name: String
        var operation: octet_unary
        var bound: Double
        var exact: @Sendable (Double) -> Double
        var testDescription: String { name }
    }

    static let functions: [Function] = [
        Function(name: "exp", operation: OCTET_EXP, bound: 1.0) { exp($0) },
        Function(name: "log", operation: OCTET_LOG, bound: 0.8) { log($0) },
        Function(name: "erf", operation: OCTET_ERF, bound: 1.1) { erf($0) },
        Function(name: "tanh", operation: OCTET_TANH, bound: 1.31) { tanh($0) },
        Function(name: "sigmoid", operation: OCTET_SIGMOID, bound: 2.5) { 1 / (1 + exp(-$0)) },
        Function(name: "sqrt", operation: OCTET_SQRT, bound: 0.5) { $0.squareRoot() },
    ]

    @Test(arguments: functions)
    func accuracy(_ function: Function) throws {
        let results = Self.unary(try KernelTable(.scalar), function.operation, Self.sample)
        let worst = zip(Self.sample, results).map { Self.error($1, function.exact(Double($0))) }.max() ?? .infinity
        #expect(worst <= function.bound)
    }

    @Test(arguments: InstructionSet.supported, Array(UInt32(0)...20))
    func unaryHasTheSameBits(_ instructionSet: InstructionSet, _ operation: UInt32) throws {
        let operation = octet_unary(rawValue: operation)
        let scalar = Self.unary(try KernelTable(.scalar), operation, Self.sample, alpha: 0.2, beta: 0.5)
        let results = Self.unary(try KernelTable(instructionSet), operation, Self.sample, alpha: 0.2, beta: 0.5)
        #expect(same(results, scalar))
    }

    /// Division by one number is the correctly rounded quotient, however it is computed.
    @Test(
        arguments: InstructionSet.supported,
        [3, 6, 0.1, -7, 1.41421354, 0x1p-19, 1_048_575, 0x1p-40, 3e30, 1e-39, 0, .infinity] as [Float])
    func divisionByANumber(_ instructionSet: InstructionSet, _ divisor: Float) throws {
        var random = Seeded(12)
        let values = Self.sample + random.floats(20_000) + random.floats(20_000, in: -1e4...1e4)
        let input = Buffer(values)
        let other = Buffer([divisor])
        let output = Buffer(repeating: Float(0), count: values.count)
        var args = octet_binary_args(
            nest: octet_nest([values.count]), a: octet_source(input.base, strides: [1]),
            b: octet_source(other.base, strides: [0]), output: octet_target(output.base, strides: [1]),
            operation: OCTET_DIV, minimum: -.infinity, maximum: .infinity)
        let tasks = octet_nest_schedule(&args.nest, 400, 2)
        runTasks(unwrap(try KernelTable(instructionSet).binary_f32), args, tasks)
        #expect(same(output.values, values.map { $0 / divisor }))
    }

    @Test func unaryMeanings() throws {
        let table = try KernelTable(.best)
        let x: [Float] = [-3, -1, -0.5, 0, 0.5, 2.5, 7]
        func check(_ operation: octet_unary, _ alpha: Float = 0, _ beta: Float = 0, _ body: (Float) -> Float) {
            #expect(same(Self.unary(table, operation, x, alpha: alpha, beta: beta), x.map(body)))
        }
        check(OCTET_RELU) { max(0, $0) }
        check(OCTET_LEAKY_RELU, 0.1) { $0 < 0 ? 0.1 * $0 : $0 }
        check(OCTET_CLIP, -1, 2) { min(2, max(-1, $0)) }
        check(OCTET_HARD_SIGMOID, 0.2, 0.5) { min(1, max(0, Float(0.5).addingProduct(0.2, $0))) }
        check(OCTET_HARD_SWISH) { $0 * min(1, max(0, Float(0.5).addingProduct($0, 1.0 / 6))) }
        check(OCTET_NEG) { -$0 }
        check(OCTET_ABS) { abs($0) }
        check(OCTET_AFFINE, 3, 0.1) { 3 * $0 + 0.1 }
        check(OCTET_FLOOR) { $0.rounded(.down) }
        check(OCTET_CEIL) { $0.rounded(.up) }
        check(OCTET_ROUND) { $0.rounded(.toNearestOrEven) }
        check(OCTET_RECIPROCAL) { 1 / $0 }
        let gelu = Self.unary(table, OCTET_GELU, x)
        let silu = Self.unary(table, OCTET_SILU, x)
        let elu = Self.unary(table, OCTET_ELU, x, alpha: 1.5)
        for (index, value) in x.map(Double.init).enumerated() {
            #expect(abs(Double(gelu[index]) - 0.5 * value * (1 + erf(value / 2.0.squareRoot()))) < 1e-6)
            #expect(abs(Double(silu[index]) - value / (1 + exp(-value))) < 1e-6)
            #expect(abs(Double(elu[index]) - (value < 0 ? 1.5 * expm1(value) : value)) < 1e-6)
        }
    }

    /// All pairs of layouts of the operands: contiguous, scalar, per row, transposed.
    @Test(arguments: InstructionSet.supported, Array(UInt32(0)...6))
    func binary(_ instructionSet: InstructionSet, _ operation: UInt32) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(Int(operation))
        let (rows, columns) = (9, 37)
        var left = random.floats(rows * columns)
        var right = random.floats(rows * columns)
        left.replaceSubrange(3..<6, with: [.nan, 0, .infinity])
        right.replaceSubrange(2..<7, with: [0, 1, .nan, -.infinity, -0.0])
        if operation == OCTET_POW.rawValue { left = left.map(abs) }
        let a = Buffer(left)
        let b = Buffer(right)
        for strides in [[columns, 1], [0, 0], [1, 0], [0, 1], [1, rows]] {
            for threads in [1, 2] {
                let output = Buffer(repeating: Float(0), count: rows * columns)
                var args = octet_binary_args(
                    nest: octet_nest([rows, columns]), a: octet_source(a.base, strides: [columns, 1]),
                    b: octet_source(b.base, strides: strides),
                    output: octet_target(output.base, strides: [columns, 1]),
                    operation: octet_binary(rawValue: operation), minimum: -0.75, maximum: 2)
                let tasks = octet_nest_schedule(&args.nest, 100_000, Int32(threads))
                runTasks(unwrap(table.binary_f32), args, tasks)
                let expected = (0..<rows * columns).map { i in
                    let y = right[i / columns * strides[0] + i % columns * strides[1]]
                    let result = Self.combine(octet_binary(rawValue: operation), left[i], y)
                    return result.isNaN ? result : min(2, max(-0.75, result))
                }
                #expect(same(output.values, expected))
                #expect(output.guardsAreIntact)
            }
        }
    }

    static func combine(_ operation: octet_binary, _ x: Float, _ y: Float) -> Float {
        switch operation {
        case OCTET_ADD: x + y
        case OCTET_SUB: x - y
        case OCTET_MUL: x * y
        case OCTET_DIV: x / y
        case OCTET_MIN: x.isNaN || y.isNaN ? .nan : min(x, y)
        case OCTET_MAX: x.isNaN || y.isNaN ? .nan : max(x, y)
        default: Float(pow(Double(x), Double(y)))
        }
    }

    /// The special cases of C's pow.
    @Test func powers() throws {
        let table = try KernelTable(.scalar)
        let values: [Float] = [
            0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e30, -1e30, 1e-30, .infinity, -.infinity, .nan,
            .leastNonzeroMagnitude, 16_777_216,
            8_388_607, 2.5,
        ]
        let pairs = values.flatMap { x in values.map { (x, $0) } }
        let a = Buffer(pairs.map(\.0))
        let b = Buffer(pairs.map(\.1))
        let output = Buffer(repeating: Float(0), count: pairs.count)
        var args = octet_binary_args(
            nest: octet_nest([pairs.count]), a: octet_source(a.base, strides: [1]),
            b: octet_source(b.base, strides: [1]),
            output: octet_target(output.base, strides: [1]), operation: OCTET_POW, minimum: -.infinity,
            maximum: .infinity)
        let tasks = octet_nest_schedule(&args.nest, 100, 1)
        runTasks(unwrap(table.binary_f32), args, tasks)
        #expect(same(output.values, pairs.map { Float(pow(Double($0.0), Double($0.1))) }))
    }
}
