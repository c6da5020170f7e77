"""PyTorch as a worker: Debian's python3-torch and python3-onnx.

The network is traced and frozen; with --mkldnn its convolutions are then put into oneDNN's own layouts, where otherwise
they are in channels-last order. Which is faster depends on the network. With --bf16 everything but the input and the
output is in bf16, in channels-last order, by oneDNN.
"""
import sys

import torch

import torch_network
import worker


class InBf16(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        network.constants = {name: tensor.bfloat16() if tensor.is_floating_point() else tensor for name, tensor in network.constants.items()}
        self.network = network

    def forward(self, x):
        return self.network(x.bfloat16()).float()


class Torch:
    def load(self, model, values, threads):
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.values = torch.from_numpy(values)
        network = torch_network.OnnxNetwork(model).eval()
        if "--bf16" in sys.argv[1:]:
            network = InBf16(network).eval()
        self.network = torch.jit.freeze(torch.jit.trace(network, self.values))
        if "--mkldnn" in sys.argv[1:]:
            self.network = torch.jit.optimize_for_inference(self.network)
        for _ in range(3):  # the profiling executor specialises its graph on the first runs
            self.network(self.values)
        return torch.__version__

    def run(self):
        self.result = self.network(self.values)

    def output(self):
        return self.result.contiguous().numpy()


worker.serve(Torch())
