// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Classify",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "octet", path: "../..")],
    targets: [
        .executableTarget(
            name: "Classify",
            dependencies: [.product(name: "Octet", package: "octet")],
            resources: [.copy("Resources")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
