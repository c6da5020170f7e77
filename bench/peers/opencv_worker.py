"""OpenCV's DNN module as a worker: Debian's python3-opencv, and python3-onnx for networks with ReLU6. Of Caffe's models it
reads the file itself, with the .prototxt beside it."""
import pathlib

import cv2
import numpy

import worker


def read_net(path):
    """Up to version 4.6 OpenCV takes the bounds of Clip as attributes only, whatever the opset."""
    import onnx
    import onnx.numpy_helper
    model = onnx.load(path)
    constants = {initializer.name: initializer for initializer in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Clip":
            bounds = [float(onnx.numpy_helper.to_array(constants[name])) for name in node.input[1:]]
            del node.input[1:]
            node.attribute.extend(onnx.helper.make_attribute(key, value) for key, value in zip(("min", "max"), bounds))
    return cv2.dnn.readNetFromONNX(numpy.frombuffer(model.SerializeToString(), numpy.uint8))


def read_onnx(model):
    try:
        return cv2.dnn.readNetFromONNX(model)
    except cv2.error as error:
        if "parseClip" not in str(error):
            raise
        return read_net(model)


class OpenCv:
    def load(self, model, values, threads):
        cv2.setNumThreads(threads)
        # Caffe's pictures and maps have channels first; exported models take and give them last.
        self.is_caffe = model.endswith(".caffemodel")
        if self.is_caffe:
            self.net = cv2.dnn.readNetFromCaffe(str(pathlib.Path(model).with_suffix(".prototxt")), model)
            values = numpy.ascontiguousarray(values.transpose(0, 3, 1, 2))
        else:
            self.net = read_onnx(model)
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.values = values
        return cv2.__version__

    def run(self):
        self.net.setInput(self.values)
        self.result = self.net.forward()

    def output(self):
        return self.result.transpose(0, 2, 3, 1) if self.is_caffe else self.result


worker.serve(OpenCv())
