"""An ONNX model as a PyTorch module, operation by operation: those that `sinew export` writes for a fixed resolution."""
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F


class OnnxNetwork(torch.nn.Module):
    """Computes the first output of the model from its one input."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.constants = {}
        for initializer in graph.initializer:
            tensor = torch.from_numpy(onnx.numpy_helper.to_array(initializer).copy())
            if tensor.dim() == 4:
                tensor = tensor.contiguous(memory_format=torch.channels_last)
            self.constants[initializer.name] = tensor
        self.steps = [make_step(node, self.constants) for node in graph.node]
        self.input, self.result = graph.input[0].name, graph.output[0].name

    def forward(self, x):
        values = dict(self.constants)
        values[self.input] = x
        for run, inputs, output in self.steps:
            values[output] = run(*[values[name] if name else None for name in inputs])
        return values[self.result]


def make_step(node, constants):
    """(function, names of its inputs, name of its output)"""
    if node.op_type not in MAKERS:
        raise ValueError(f'node "{node.name}": {node.op_type} is not converted to PyTorch')
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return MAKERS[node.op_type](node, attributes, constants), list(node.input), node.output[0]


def split_pads(attributes):
    """What a convolution or pool can pad itself, (rows, columns), and what must be padded before it."""
    if "auto_pad" in attributes:
        raise ValueError("auto_pad: export the model for a fixed resolution")
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    if (top, left) == (bottom, right):
        return (top, left), None
    return (0, 0), (left, right, top, bottom)


def make_conv(node, attributes, constants):
    padding, before = split_pads(attributes)
    strides, dilations, groups = attributes["strides"], attributes["dilations"], attributes["group"]

    def run(x, kernel, bias=None):
        x = x if before is None else F.pad(x, before)
        return F.conv2d(x, kernel, bias, strides, padding, dilations, groups)
    return run


def make_max_pool(node, attributes, constants):
    padding, before = split_pads(attributes)
    window, strides = attributes["kernel_shape"], attributes["strides"]

    ceil_mode = bool(attributes.get("ceil_mode", 0))

    def run(x):
        x = x if before is None else F.pad(x, before, value=-float("inf"))
        return F.max_pool2d(x, window, strides, padding, ceil_mode=ceil_mode)
    return run


def make_resize(node, attributes, constants):
    height, width = (int(size) for size in constants[node.input[3]][2:])
    mode = attributes["coordinate_transformation_mode"].decode()
    if mode == "asymmetric":
        return lambda x, *_: resize_asymmetric(x, height, width)
    if mode in ("align_corners", "half_pixel"):
        corners = mode == "align_corners"
        return lambda x, *_: F.interpolate(x, (height, width), mode="bilinear", align_corners=corners)
    raise ValueError(f'node "{node.name}": {mode} is not converted to PyTorch')


def resize_asymmetric(x, height, width):
    """Output i lies at i * in / out, a convention that F.interpolate has not."""
    for axis, size in ((2, height), (3, width)):
        position = torch.arange(size, dtype=torch.float64) * x.shape[axis] / size
        first = position.floor().long()
        second = (first + 1).clamp(max=x.shape[axis] - 1)
        shape = [1, 1, 1, 1]
        shape[axis] = size
        fraction = (position - first).float().reshape(shape)
        x = x.index_select(axis, first) * (1 - fraction) + x.index_select(axis, second) * fraction
    return x


def make_batch_norm(node, attributes, constants):
    """One product and sum: the statistics are constants (and F.batch_norm refuses an epsilon of 0)."""
    scale, shift, mean, variance = (constants[name].double() for name in node.input[1:])
    factor = scale / torch.sqrt(variance + attributes["epsilon"])
    del node.input[1:]
    for name, values in (("factor", factor), ("offset", shift - mean * factor)):
        node.input.append(f"{node.output[0]}:{name}")
        constants[node.input[-1]] = values.float().reshape(-1, 1, 1)
    return lambda x, factor, offset: torch.addcmul(offset, x, factor)


def make_instance_norm(node, attributes, constants):
    epsilon = attributes["epsilon"]
    return lambda x, scale, shift: F.instance_norm(x, weight=scale, bias=shift, eps=epsilon)


def make_clip(node, attributes, constants):
    low, high = float(constants[node.input[1]]), float(constants[node.input[2]])
    if (low, high) == (0, 6):
        return lambda x, *_: F.relu6(x)
    return lambda x, *_: torch.clamp(x, low, high)


def make_pad(node, attributes, constants):
    pads = [int(pad) for pad in constants[node.input[1]]]
    rank = len(pads) // 2
    order = [pad for d in reversed(range(rank)) for pad in (pads[d], pads[d + rank])]  # PyTorch's: last dimension first
    return lambda x, *_: F.pad(x, order)


def simple(run):
    return lambda node, attributes, constants: run


MAKERS = {
    "Add": simple(torch.add),
    "BatchNormalization": make_batch_norm,
    "Clip": make_clip,
    "Concat": lambda node, attributes, constants: lambda *parts: torch.cat(parts, attributes["axis"]),
    "Conv": make_conv,
    "Div": simple(torch.div),
    "Identity": simple(lambda x: x),
    "InstanceNormalization": make_instance_norm,
    "MaxPool": make_max_pool,
    "Mul": simple(torch.mul),
    "PRelu": simple(lambda x, slope: F.prelu(x, slope.flatten())),
    "Pad": make_pad,
    "Relu": simple(F.relu),
    "Resize": make_resize,
    "Sub": simple(torch.sub),
    "Transpose": lambda node, attributes, constants: lambda x: x.permute(*attributes["perm"]),
}
