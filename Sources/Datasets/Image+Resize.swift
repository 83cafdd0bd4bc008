extension Image {
    /// The image at another size, by antialiased bilinear interpolation.
    ///
    /// Byte for byte the result of Pillow's `resize` with `BILINEAR`: a triangle filter that widens when it shrinks
    /// (`Resample.c`), its weights rounded to 22 fractional bits, one direction after the other, rounded to bytes
    /// between the two. Rows come first unless the height shrinks by more than twice as many pixels as the width;
    /// that order is what Pillow 13 was seen to take (versions before it always begin with the rows).
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth > 0 && newHeight > 0, "an image without pixels")
        let columnsFirst = newHeight < height && height - newHeight > 2 * (width - newWidth)
        var result = self
        if columnsFirst { result = result.resizedColumns(to: newHeight) }
        if newWidth != width { result = result.resizedRows(to: newWidth) }
        if newHeight != height && !columnsFirst { result = result.resizedColumns(to: newHeight) }
        return result
    }

    /// The image with its shorter side at `length`, the longer in proportion and rounded down.
    public func resized(shorterSide length: Int) -> Image {
        if width <= height {
            return resized(width: length, height: max(length, length * height / width))
        }
        return resized(width: max(length, length * width / height), height: length)
    }

    private func resizedRows(to newWidth: Int) -> Image {
        let filter = ResizeFilter(from: width, to: newWidth)
        let (width, height, channels) = (width, height, channels)
        let bytes = [UInt8](unsafeUninitializedCapacity: newWidth * height * channels) { target, count in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<height {
                    for column in 0..<newWidth {
                        let first = row * width + filter.starts[column]
                        let weights = filter.weights(of: column)
                        for channel in 0..<channels {
                            var sum = ResizeFilter.half
                            var position = first * channels + channel
                            for weight in weights {
                                sum &+= Int32(source[position]) &* weight
                                position += channels
                            }
                            target[(row * newWidth + column) * channels + channel] = ResizeFilter.byte(sum)
                        }
                    }
                }
            }
            count = newWidth * height * channels
        }
        return Image(width: newWidth, height: height, channels: channels, pixels: bytes)
    }

    private func resizedColumns(to newHeight: Int) -> Image {
        let filter = ResizeFilter(from: height, to: newHeight)
        let rowBytes = width * channels
        let bytes = [UInt8](unsafeUninitializedCapacity: newHeight * rowBytes) { target, count in
            pixels.withUnsafeBufferPointer { source in
                var sums = [Int32](repeating: 0, count: rowBytes)
                for row in 0..<newHeight {
                    for column in 0..<rowBytes { sums[column] = ResizeFilter.half }
                    var position = filter.starts[row] * rowBytes
                    for weight in filter.weights(of: row) {
                        for column in 0..<rowBytes { sums[column] &+= Int32(source[position + column]) &* weight }
                        position += rowBytes
                    }
                    for column in 0..<rowBytes { target[row * rowBytes + column] = ResizeFilter.byte(sums[column]) }
                }
            }
            count = newHeight * rowBytes
        }
        return Image(width: width, height: newHeight, channels: channels, pixels: bytes)
    }
}

/// For each new position, the old ones it is made of and their weights in fixed point.
private struct ResizeFilter {
    /// 32 bits less the 8 of a sample and 2 of headroom.
    static let fractionBits: Int32 = 22
    static let half: Int32 = 1 << (fractionBits - 1)

    private(set) var starts: [Int] = []
    private var ends: [Int] = [0]
    private var coefficients: [Int32] = []

    init(from oldSize: Int, to newSize: Int) {
        let scale = Double(oldSize) / Double(newSize)
        let support = max(scale, 1)
        for position in 0..<newSize {
            let center = (Double(position) + 0.5) * scale
            let first = max(Int(center - support + 0.5), 0)
            let last = min(Int(center + support + 0.5), oldSize)
            var weights: [Double] = []
            var total = 0.0
            for index in 0..<last - first {
                let distance = abs((Double(index + first) - center + 0.5) * (1 / support))
                let weight = distance < 1 ? 1 - distance : 0
                weights.append(weight)
                total += weight
            }
            for weight in weights {
                let normalized = total != 0 ? weight / total : weight
                coefficients.append(Int32(0.5 + normalized * Double(Int32(1) << Self.fractionBits)))
            }
            starts.append(first)
            ends.append(coefficients.count)
        }
    }

    func weights(of position: Int) -> ArraySlice<Int32> {
        coefficients[ends[position]..<ends[position + 1]]
    }

    static func byte(_ sum: Int32) -> UInt8 {
        UInt8(clamping: sum >> fractionBits)
    }
}
