"""An RTSP server for tests: frames whose stripes tell when they were made.

    rtsp_server.py PORT tcp|udp

Serves rtsp://127.0.0.1:PORT/clock, 20 frames a second of 384x96 pixels. 24 white or black stripes are the bits, the
highest first, of the milliseconds of CLOCK_MONOTONIC. Prints "ready". Needs Debian's python3-gi,
gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good and gstreamer1.0-plugins-ugly (x264enc); says "missing: ..." and
exits with 77 without them.
"""
import sys
import time

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

    Gst.init(None)
    for element in ("x264enc", "rtph264pay", "appsrc"):
        if Gst.ElementFactory.find(element) is None:
            raise ImportError("GStreamer has no " + element)
except (ImportError, ValueError) as error:
    print("missing:", error, flush=True)
    sys.exit(77)

WIDTH, HEIGHT, RATE, BITS = 384, 96, 20, 24


def clock_frame():
    milliseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000000
    row = b"".join(
        (b"\xeb" if milliseconds >> (BITS - 1 - bit) & 1 else b"\x10") * (WIDTH // BITS) for bit in range(BITS))
    return row * HEIGHT + b"\x80" * (WIDTH * HEIGHT // 2)


class ClockFactory(GstRtspServer.RTSPMediaFactory):
    def do_create_element(self, url):
        return Gst.parse_launch(
            "appsrc name=source is-live=true format=time do-timestamp=true "
            f"caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={RATE}/1 ! "
            "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=2000 ! "
            "rtph264pay name=pay0 pt=96 config-interval=1")

    def do_configure(self, media):
        source = media.get_element().get_by_name_recurse_up("source")

        def push():
            buffer = Gst.Buffer.new_wrapped(clock_frame())
            buffer.duration = Gst.SECOND // RATE
            return source.emit("push-buffer", buffer) == Gst.FlowReturn.OK

        GLib.timeout_add(1000 // RATE, push)


def main():
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    factory = ClockFactory()
    factory.set_shared(True)
    factory.set_protocols({"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}[sys.argv[2]])
    server.get_mount_points().add_factory("/clock", factory)
    if server.attach(None) == 0:
        sys.exit("the port is taken")
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
