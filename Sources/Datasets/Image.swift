/// A picture of eight-bit samples: `height` rows of `width` pixels of `channels` bytes, red first.
public struct Image: Sendable, Hashable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Bytes of a pixel.
    public let channels: Int
    /// `width · height · channels` bytes.
    public let pixels: [UInt8]

    /// An image of these pixels, which must be as many as its size says.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && channels > 0, "an image without pixels")
        precondition(pixels.count == width * height * channels, "\(pixels.count) bytes do not fill the image")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// The rectangle of this size in the middle; what cannot be halved is left over on the right and at the bottom.
    ///
    /// The rectangle must not be larger than the image.
    public func centerCropped(width cropWidth: Int, height cropHeight: Int) -> Image {
        precondition(cropWidth <= width && cropHeight <= height, "a crop larger than the image")
        let left = (width - cropWidth) / 2
        let top = (height - cropHeight) / 2
        var cropped: [UInt8] = []
        cropped.reserveCapacity(cropWidth * cropHeight * channels)
        for row in top..<top + cropHeight {
            let start = (row * width + left) * channels
            cropped.append(contentsOf: pixels[start..<start + cropWidth * channels])
        }
        return Image(width: cropWidth, height: cropHeight, channels: channels, pixels: cropped)
    }

    /// The image with one or three channels.
    ///
    /// Grey is repeated for each colour. Colour becomes luma by ITU-R 601 in 16-bit fixed point, as Pillow computes it.
    func withChannels(_ wanted: Int) -> Image? {
        switch (channels, wanted) {
        case (wanted, _): self
        case (1, 3):
            Image(width: width, height: height, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
        case (3, 1):
            Image(
                width: width, height: height, channels: 1,
                pixels: stride(from: 0, to: pixels.count, by: 3).map { start in
                    let red = 19595 * Int(pixels[start])
                    let green = 38470 * Int(pixels[start + 1])
                    let blue = 7471 * Int(pixels[start + 2])
                    return UInt8((red + green + blue + 0x8000) >> 16)
                })
        default: nil
        }
    }
}
