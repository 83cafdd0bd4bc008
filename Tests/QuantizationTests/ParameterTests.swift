import Quantization
import TensorCore
import Testing

/// Numbers computed with `compute_scale_zp` of ONNX Runtime 1.31.1.
@Suite struct ParameterTests {
    struct Case: Sendable {
        var type: ElementType
        var symmetric: Bool
        var reduceRange = false
        var low: Float
        var high: Float
        var scale: Float
        var zeroPoint: Int32
    }

    static let cases: [Case] = [
        Case(type: .uint8, symmetric: false, low: -1, high: 2, scale: 0.0117647061, zeroPoint: 85),
        Case(type: .uint8, symmetric: false, low: 0, high: 6, scale: 0.0235294122, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, low: 0.25, high: 3.5, scale: 0.0137254903, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, low: -8.125, high: -0.5, scale: 0.0318627469, zeroPoint: 255),
        Case(type: .uint8, symmetric: false, low: -0.100000001, high: 0.699999988, scale: 0.00313725485, zeroPoint: 32),
        Case(type: .uint8, symmetric: false, low: -2.11790395, high: 2.6400001, scale: 0.018658448, zeroPoint: 114),
        Case(type: .uint8, symmetric: false, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .uint8, symmetric: false, low: -3.29999997e+38, high: 9.99999968e+37, scale: 1.68627446e+36,
            zeroPoint: 196),
        Case(type: .int8, symmetric: false, low: -1, high: 2, scale: 0.0117647061, zeroPoint: -43),
        Case(type: .int8, symmetric: false, low: 0, high: 6, scale: 0.0235294122, zeroPoint: -128),
        Case(type: .int8, symmetric: false, low: 0.25, high: 3.5, scale: 0.0137254903, zeroPoint: -128),
        Case(type: .int8, symmetric: false, low: -8.125, high: -0.5, scale: 0.0318627469, zeroPoint: 127),
        Case(type: .int8, symmetric: false, low: -0.100000001, high: 0.699999988, scale: 0.00313725485, zeroPoint: -96),
        Case(type: .int8, symmetric: false, low: -2.11790395, high: 2.6400001, scale: 0.018658448, zeroPoint: -14),
        Case(type: .int8, symmetric: false, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .int8, symmetric: false, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .int8, symmetric: false, low: -3.29999997e+38, high: 9.99999968e+37, scale: 1.68627446e+36,
            zeroPoint: 68),
        Case(type: .int8, symmetric: true, low: -1, high: 2, scale: 0.0157480314, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: 0, high: 6, scale: 0.0472440943, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: 0.25, high: 3.5, scale: 0.027559055, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: -8.125, high: -0.5, scale: 0.0639763772, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: -0.100000001, high: 0.699999988, scale: 0.005511811, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: -2.11790395, high: 2.6400001, scale: 0.020787403, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .int8, symmetric: true, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .int8, symmetric: true, low: -3.29999997e+38, high: 9.99999968e+37, scale: 2.59842513e+36,
            zeroPoint: 0),
        Case(type: .uint8, symmetric: true, low: -1, high: 2, scale: 0.0156862754, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: 0, high: 6, scale: 0.0470588244, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: 0.25, high: 3.5, scale: 0.0274509806, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: -8.125, high: -0.5, scale: 0.0637254938, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: -0.100000001, high: 0.699999988, scale: 0.00549019594, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: -2.11790395, high: 2.6400001, scale: 0.0207058825, zeroPoint: 128),
        Case(type: .uint8, symmetric: true, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .uint8, symmetric: true, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .uint8, symmetric: true, low: -3.29999997e+38, high: 9.99999968e+37, scale: 2.58823528e+36,
            zeroPoint: 128),
        Case(type: .int8, symmetric: true, reduceRange: true, low: -1, high: 2, scale: 0.03125, zeroPoint: 0),
        Case(type: .int8, symmetric: true, reduceRange: true, low: 0, high: 6, scale: 0.09375, zeroPoint: 0),
        Case(type: .int8, symmetric: true, reduceRange: true, low: 0.25, high: 3.5, scale: 0.0546875, zeroPoint: 0),
        Case(
            type: .int8, symmetric: true, reduceRange: true, low: -8.125, high: -0.5, scale: 0.126953125, zeroPoint: 0),
        Case(
            type: .int8, symmetric: true, reduceRange: true, low: -0.100000001, high: 0.699999988, scale: 0.0109374998,
            zeroPoint: 0),
        Case(
            type: .int8, symmetric: true, reduceRange: true, low: -2.11790395, high: 2.6400001, scale: 0.0412500016,
            zeroPoint: 0),
        Case(type: .int8, symmetric: true, reduceRange: true, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .int8, symmetric: true, reduceRange: true, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .int8, symmetric: true, reduceRange: true, low: -3.29999997e+38, high: 9.99999968e+37,
            scale: 5.15624995e+36, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, reduceRange: true, low: -1, high: 2, scale: 0.0236220472, zeroPoint: 42),
        Case(type: .uint8, symmetric: false, reduceRange: true, low: 0, high: 6, scale: 0.0472440943, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, reduceRange: true, low: 0.25, high: 3.5, scale: 0.027559055, zeroPoint: 0),
        Case(
            type: .uint8, symmetric: false, reduceRange: true, low: -8.125, high: -0.5, scale: 0.0639763772,
            zeroPoint: 127),
        Case(
            type: .uint8, symmetric: false, reduceRange: true, low: -0.100000001, high: 0.699999988,
            scale: 0.00629921257, zeroPoint: 16),
        Case(
            type: .uint8, symmetric: false, reduceRange: true, low: -2.11790395, high: 2.6400001, scale: 0.0374638103,
            zeroPoint: 57),
        Case(type: .uint8, symmetric: false, reduceRange: true, low: 0, high: 0, scale: 1, zeroPoint: 0),
        Case(type: .uint8, symmetric: false, reduceRange: true, low: 0x1p-133, high: 0x1p-129, scale: 1, zeroPoint: 0),
        Case(
            type: .uint8, symmetric: false, reduceRange: true, low: -3.29999997e+38, high: 9.99999968e+37,
            scale: 3.38582662e+36, zeroPoint: 97),
    ]

    @Test(arguments: cases)
    func equalsOnnxRuntime(_ one: Case) throws {
        let format = try IntegerFormat(one.type, isSymmetric: one.symmetric, reduceRange: one.reduceRange)
        let (scale, zeroPoint) = format.parameters(for: one.low...one.high)
        #expect(scale == one.scale)
        #expect(zeroPoint == one.zeroPoint)
    }

    @Test func zeroIsExactlyRepresentable() throws {
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        for (low, high): (Float, Float) in [(-1, 3), (0.5, 2), (-7, -2), (-0.001, 100), (-100, 0.001)] {
            let (_, zeroPoint) = format.parameters(for: low...high)
            #expect((0...255).contains(zeroPoint))
        }
    }

    @Test func hugeRangesDoNotOverflow() throws {
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        let limit = Float.greatestFiniteMagnitude
        #expect(format.parameters(for: -limit...limit).scale.isFinite)
    }

    @Test func floatIsNoIntegerFormat() {
        #expect(throws: OctetError.self) { try IntegerFormat(.float32, isSymmetric: true) }
    }
}
