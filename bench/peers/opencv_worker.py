"""OpenCV's DNN module as a worker: Debian's python3-opencv, and python3-onnx for networks with ReLU6."""
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


class OpenCv:
    def load(self, model, values, threads):
        cv2.setNumThreads(threads)
        try:
            self.net = cv2.dnn.readNetFromONNX(model)
        except cv2.error as error:
            if "parseClip" not in str(error):
                raise
            self.net = read_net(model)
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.values = values
        return cv2.__version__

    def run(self):
        self.net.setInput(self.values)
        self.result = self.net.forward()

    def output(self):
        return self.result


worker.serve(OpenCv())
