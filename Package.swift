// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library target of Octet. The dependencies written here are the only imports the target may have.
func module(_ name: String, imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, of imports: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: imports, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "octet",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "Octet", targets: ["Octet"]),
        .executable(name: "octet", targets: ["OctetCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        module("TensorCore"),
        .target(name: "CKernels"),
        module("Kernels", imports: ["TensorCore", "CKernels"]),
        module("ModelGraph", imports: ["TensorCore"]),
        module("Operators", imports: ["ModelGraph", "TensorCore"]),
        module("GraphPasses", imports: ["Operators", "ModelGraph", "TensorCore"]),
        module("Quantization", imports: ["GraphPasses", "Kernels", "Operators", "ModelGraph", "TensorCore"]),
        module("WireFormats", imports: ["TensorCore"]),
        module("OnnxFormat", imports: ["WireFormats", "Operators", "ModelGraph", "TensorCore"]),
        module("Runtime", imports: ["Kernels", "Operators", "ModelGraph", "TensorCore"]),
        .target(name: "CCodecs"),
        module("Datasets", imports: ["TensorCore", "CCodecs"]),
        module("Evaluation", imports: ["Datasets", "Quantization", "Operators", "ModelGraph", "TensorCore"]),
        module(
            "Octet",
            imports: [
                "Evaluation", "Datasets", "Runtime", "OnnxFormat", "Quantization", "GraphPasses", "Operators",
                "ModelGraph", "Kernels", "TensorCore",
            ]),
        .executableTarget(
            name: "OctetCommand",
            dependencies: [
                "Octet", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Resources/Demo")],
            swiftSettings: settings),
        tests("TensorCoreTests", of: ["TensorCore", "TestSupport"]),
        tests("KernelsTests", of: ["Kernels", "CKernels", "TensorCore"]),
        tests(
            "OnnxFormatTests",
            of: ["OnnxFormat", "WireFormats", "Operators", "ModelGraph", "TensorCore", "TestSupport"]),
        tests("OperatorsTests", of: ["Operators", "ModelGraph", "TensorCore"]),
        tests(
            "RuntimeTests",
            of: [
                "Runtime", "Quantization", "OnnxFormat", "Kernels", "Operators", "ModelGraph", "TensorCore",
                "GraphTestSupport", "TestSupport",
            ]),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        tests("DatasetsTests", of: ["Datasets", "TensorCore", "TestSupport"]),
        .target(
            name: "GraphTestSupport", dependencies: ["Operators", "ModelGraph", "TensorCore"],
            path: "Tests/GraphTestSupport", swiftSettings: settings),
        tests(
            "GraphPassesTests", of: ["GraphTestSupport", "GraphPasses", "Operators", "ModelGraph", "TensorCore"]),
        tests(
            "QuantizationTests",
            of: ["GraphTestSupport", "Quantization", "GraphPasses", "Operators", "ModelGraph", "TensorCore"]),
        tests(
            "EvaluationTests",
            of: [
                "Evaluation", "Datasets", "GraphTestSupport", "Operators", "ModelGraph", "TensorCore", "TestSupport",
            ]),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        tests("OctetTests", of: ["Octet", "GraphTestSupport", "TestSupport", "AllocationCounter"]),
        .executableTarget(
            name: "OctetFuzz",
            dependencies: ["Octet", "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/OctetFuzz", swiftSettings: settings),
        tests("CommandTests", of: ["OctetCommand", "OctetFuzz", "Octet", "TestSupport"]),
    ]
)
