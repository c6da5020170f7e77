#!/usr/bin/env python3
"""Networks as PyTorch exports them, with made-up weights, through sinew and through PyTorch itself.

    torch_networks.py SINEW FOLDER

lightweight OpenPose (MobileNet, dilated and depthwise convolutions, two stages) and trt_pose (ResNet-18, transposed
convolutions, attention, two heads), at several opsets. Exit code 77 where Debian's python3-torch is not installed.
"""
import json
import pathlib
import struct
import subprocess
import sys

EXIT_SKIPPED = 77
TOLERANCE = 1e-3  # what the compiler allows its algorithms by default


def find_python():
    """A python that has PyTorch: this one, or Debian's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


if "torch" not in sys.argv[-1:]:
    python = find_python()
    if python is None:
        print("PyTorch is not there: scripts/fetch_peers.sh gets it")
        sys.exit(EXIT_SKIPPED)
    sys.exit(subprocess.run([python, *sys.argv, "torch"]).returncode)

import torch  # noqa: E402
from torch import nn  # noqa: E402


def conv(inputs, outputs, kernel=3, stride=1, dilation=1, norm=True, relu=True):
    padding = (kernel - 1) * dilation // 2
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=not norm)]
    layers += [nn.BatchNorm2d(outputs)] if norm else []
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


def separable(inputs, outputs, stride=1, dilation=1, norm=True):
    def activated(channels):
        return [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)] if norm else [nn.ELU(inplace=True)]
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, dilation, dilation, groups=inputs, bias=False), *activated(inputs),
        nn.Conv2d(inputs, outputs, 1, bias=False), *activated(outputs))


class Residual(nn.Module):
    """A block of the refinement stage."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.initial = conv(inputs, outputs, 1, norm=False)
        self.trunk = nn.Sequential(conv(outputs, outputs), conv(outputs, outputs, dilation=2))

    def forward(self, x):
        first = self.initial(x)
        return first + self.trunk(first)


class LightweightOpenPose(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.backbone = nn.Sequential(
            conv(3, 32, stride=2), separable(32, 64), separable(64, 128, 2), separable(128, 128),
            separable(128, 256, 2), separable(256, 256), separable(256, 512), separable(512, 512, dilation=2),
            *[separable(512, 512) for _ in range(4)])
        self.align = conv(512, width, 1, norm=False)
        self.trunk = nn.Sequential(*[separable(width, width, norm=False) for _ in range(3)])
        self.out = conv(width, width, norm=False)
        self.first = nn.Sequential(*[conv(width, width, norm=False) for _ in range(3)])
        self.first_heads = nn.ModuleList(
            nn.Sequential(conv(width, 512, 1, norm=False), conv(512, channels, 1, norm=False, relu=False))
            for channels in (19, 38))
        self.refine = nn.Sequential(Residual(width + 57, width), *[Residual(width, width) for _ in range(4)])
        self.heads = nn.ModuleList(
            nn.Sequential(conv(width, width, 1, norm=False), conv(width, channels, 1, norm=False, relu=False))
            for channels in (19, 38))

    def forward(self, x):
        x = self.align(self.backbone(x))
        features = self.out(x + self.trunk(x))
        first = self.first(features)
        stage0 = [head(first) for head in self.first_heads]
        refined = self.refine(torch.cat([features, *stage0], dim=1))
        return (*stage0, *[head(refined) for head in self.heads])


class BasicBlock(nn.Module):
    """Of ResNet-18."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.way = nn.Sequential(conv(inputs, outputs, stride=stride), conv(outputs, outputs, relu=False))
        self.shortcut = nn.Identity() if stride == 1 else conv(inputs, outputs, 1, stride, relu=False)

    def forward(self, x):
        return torch.relu(self.way(x) + self.shortcut(x))


class TrtPose(nn.Module):
    """ResNet-18, and heads with attention as in resnet18_baseline_att."""

    def __init__(self, width=64, up=64):
        super().__init__()
        blocks, inputs = [], width
        for i in range(4):
            outputs = width << i
            blocks += [BasicBlock(inputs, outputs, 1 if i == 0 else 2), BasicBlock(outputs, outputs, 1)]
            inputs = outputs
        self.features = nn.Sequential(conv(3, width, 7, 2), nn.MaxPool2d(3, 2, 1), *blocks)

        def upsample():
            layers = []
            for i in range(3):
                layers += [nn.ConvTranspose2d(inputs if i == 0 else up, up, 4, 2, 1), nn.BatchNorm2d(up), nn.ReLU()]
            return nn.Sequential(*layers)
        self.cmap_up, self.paf_up = upsample(), upsample()
        self.cmap_att, self.paf_att = nn.Conv2d(up, up, 3, 1, 1), nn.Conv2d(up, up, 3, 1, 1)
        self.cmap, self.paf = nn.Conv2d(up, 18, 1), nn.Conv2d(up, 42, 1)

    def forward(self, x):
        x = self.features(x)
        xc, xp = self.cmap_up(x), self.paf_up(x)
        return self.cmap(xc * torch.sigmoid(self.cmap_att(xc))), self.paf(xp * torch.tanh(self.paf_att(xp)))


def randomise(network, seed):
    """Weights and statistics that keep values near one through all layers, and norms that are no identities."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            fan_in = module.weight[0].numel() if isinstance(module, nn.Conv2d) else module.weight[:, 0].numel() / 4
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5
            if module.bias is not None:
                module.bias.data = torch.randn(module.bias.shape, generator=generator) * 0.1
        if isinstance(module, nn.BatchNorm2d):
            size = module.weight.shape
            module.weight.data = 0.5 + torch.rand(size, generator=generator)
            module.bias.data = torch.randn(size, generator=generator) * 0.1
            module.running_mean = torch.randn(size, generator=generator) * 0.1
            module.running_var = 0.5 + torch.rand(size, generator=generator)
    return network.eval()


def write_npy(path, tensor):
    header = str({"descr": "<f4", "fortran_order": False, "shape": tuple(tensor.shape)})
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    data = struct.pack(f"<{tensor.numel()}f", *tensor.reshape(-1).tolist())
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def read_npy(path):
    content = path.read_bytes()
    begin = 10 + struct.unpack("<H", content[8:10])[0]
    values = struct.unpack(f"<{(len(content) - begin) // 4}f", content[begin:])
    return torch.tensor(values)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


def check(sinew, folder, name, network, names, height, width, opset, any_size=False):
    folder = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    exported = torch.randn(1, 3, height, width)
    axes = {"data": {2: "height", 3: "width"}} if any_size else None
    torch.onnx.export(network, exported, str(folder / "model.onnx"), input_names=["data"], output_names=names,
                      opset_version=opset, dynamic_axes=axes)
    # Not the size that was traced: networks of convolutions take any.
    picture = torch.randn(1, 3, height + 32, width - 32)
    with torch.no_grad():
        expected = network(picture)
    write_npy(folder / "input.npy", picture.permute(0, 2, 3, 1))
    failures = 0
    for output, wanted in zip(names, expected):
        run(sinew, "compile", folder / "model.onnx", "-o", folder / "m.sinew", "--output-node", output,
            "--net-resolution", f"{width - 32}x{height + 32}")
        run(sinew, "exec", folder / "m.sinew", "--input", folder / "input.npy", "--output", folder / "output.npy")
        wanted = wanted.permute(0, 2, 3, 1).reshape(-1)
        got = read_npy(folder / "output.npy")
        error = float((got - wanted).norm() / wanted.norm()) if got.shape == wanted.shape else float("inf")
        good = error <= TOLERANCE
        failures += not good
        print(f"{name} {output}: relative RMS {error:.1e}{'' if good else '  FAILED'}")
    return failures


def check_decoder(sinew, folder, name, size, decoder):
    """What the network is taken for, by its outputs."""
    artifact = folder / name / "all.sinew"
    run(sinew, "compile", folder / name / "model.onnx", "-o", artifact, "--net-resolution", size)
    found = json.loads(run(sinew, "model", "describe", artifact))["decoder"]
    print(f"{name}: decoded as {found}{'' if found == decoder else '  FAILED'}")
    return found != decoder


def main():
    sinew, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.manual_seed(1)
    openpose_names = ["stage_0_output_1_heatmaps", "stage_0_output_0_pafs", "stage_1_output_1_heatmaps",
                      "stage_1_output_0_pafs"]
    trt_names = ["cmap", "paf"]
    openpose, trt = randomise(LightweightOpenPose(), 1), randomise(TrtPose(), 2)
    failures = check(sinew, folder, "lightweight_openpose_13", openpose, openpose_names, 96, 160, 13)
    failures += check(sinew, folder, "trt_pose_13", trt, trt_names, 96, 128, 13)
    failures += check_decoder(sinew, folder, "lightweight_openpose_13", "160x96", "lightweight_openpose")
    failures += check_decoder(sinew, folder, "trt_pose_13", "128x96", "trt_pose")
    for opset in (9, 11, 17):
        failures += check(sinew, folder, f"trt_pose_{opset}", trt, trt_names[:1], 96, 96, opset, any_size=opset == 11)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
