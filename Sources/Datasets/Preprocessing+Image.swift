internal import TensorCore

extension Preprocessing {
    /// Checks what can be wrong without knowing a picture.
    /// - Throws: `invalidArgument` for a size below 1, a deviation of zero or numbers that are not finite.
    func check() throws {
        for step in steps {
            let sizes =
                switch step {
                case .resizeShorterSide(let length): [length]
                case .resize(let width, let height), .crop(let width, let height): [width, height]
                }
            guard sizes.allSatisfy({ 1...1 << 16 ~= $0 }) else {
                throw OctetError(
                    .invalidArgument, "preprocessing asks for an impossible size", expected: "1 to 65536",
                    found: sizes.map(String.init).joined(separator: "x"))
            }
        }
        guard scale.isUsable, mean.allSatisfy(\.isFinite), !mean.isEmpty,
            standardDeviation.allSatisfy({ $0.isFinite && $0 != 0 }), !standardDeviation.isEmpty
        else {
            throw OctetError(
                .invalidArgument, "scale, mean and standard deviation must be finite, and the last not zero",
                found: "scale \(scale), mean \(mean), standard deviation \(standardDeviation)")
        }
    }

    /// The picture after all changes of size.
    /// - Throws: `invalidData` when it is smaller than a crop.
    public func applyingSteps(to image: Image) throws -> Image {
        var image = image
        for step in steps {
            switch step {
            case .resizeShorterSide(let length):
                let longer = max(image.width, image.height) * length / min(image.width, image.height)
                guard longer <= 1 << 16 else {
                    throw OctetError(
                        .invalidData, "the picture is too narrow to resize",
                        found: "\(image.width) x \(image.height), which would become \(length) x \(longer)")
                }
                image = image.resized(shorterSide: length)
            case .resize(let width, let height):
                image = image.resized(width: width, height: height)
            case .crop(let width, let height):
                guard width <= image.width, height <= image.height else {
                    throw OctetError(
                        .invalidData, "the picture is smaller than the crop", expected: "at least \(width) x \(height)",
                        found: "\(image.width) x \(image.height)",
                        remedy: "Resize first, for instance --resize \(width)")
                }
                image = image.centerCropped(width: width, height: height)
            }
        }
        return image
    }

    /// For each channel, in the order the tensor has them, the number that each pixel value becomes.
    /// - Throws: `invalidArgument` when mean or deviation have another number of channels.
    func tables(channels: Int) throws -> [[Float]] {
        func spread(_ values: [Float], _ name: String) throws -> [Float] {
            if values.count == 1 { return Array(repeating: values[0], count: channels) }
            guard values.count == channels else {
                throw OctetError(
                    .invalidArgument, "the \(name) does not fit the pictures", expected: "1 or \(channels) values",
                    found: "\(values.count)")
            }
            return values
        }
        let means = try spread(mean, "mean")
        let deviations = try spread(standardDeviation, "standard deviation")
        return (0..<channels).map { channel in
            (0...255).map { (scale.applied(to: Float($0)) - means[channel]) / deviations[channel] }
        }
    }
}
