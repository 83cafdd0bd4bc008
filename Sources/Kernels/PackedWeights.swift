/// Weights, biases and scales in the order in which the convolution kernels of one instruction set read them.
public final class PackedWeights: @unchecked Sendable {
    /// 64-byte aligned; never written after the initializer.
    public let bytes: UnsafeRawBufferPointer
    /// Columns of a panel, for `octet_conv_args.panel_width`; 0 for depthwise weights.
    public let panelWidth: Int32

    private init(byteCount: Int, panelWidth: Int32, fill: (UnsafeMutableRawPointer) -> Void) {
        let start = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
        start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        fill(start)
        bytes = UnsafeRawBufferPointer(start: start, count: byteCount)
        self.panelWidth = panelWidth
    }

    deinit { bytes.deallocate() }

    /// Packs for `conv_u8_u8`, `conv_u8_f32`, `conv_u8_s32` or `conv_f32`, by `packing.kind`. A panel width of 0 in
    /// `packing` means the one that suits the layer.
    public static func convolution(_ packing: octet_conv_packing, for table: KernelTable) -> PackedWeights {
        var packing = packing
        if packing.panel_width == 0 {
            let depth = packing.taps * packing.run_outer * packing.run_inner
            packing.panel_width = octet_conv_panel_width(table.pointer, packing.kind, packing.channels, depth)
        }
        return PackedWeights(byteCount: octet_packed_conv_size(&packing), panelWidth: packing.panel_width) {
            octet_pack_conv(table.pointer, &packing, $0)
        }
    }

    /// Packs for `depthwise_u8_u8` or `depthwise_f32`, by `packing.kind`.
    public static func depthwise(_ packing: octet_conv_packing, for table: KernelTable) -> PackedWeights {
        var packing = packing
        let size = octet_packed_depthwise_size(table.pointer, packing.kind, packing.channels, packing.taps)
        return PackedWeights(byteCount: size, panelWidth: 0) { octet_pack_depthwise(table.pointer, &packing, $0) }
    }
}
