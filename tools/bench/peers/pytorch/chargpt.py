"""PyTorch's side of train/chargpt. Model, batch, optimiser and data are those of
suites/train/chargpt.ts: a GPT without biases and dropout, its head tied to the tokens' table.
"""
import math
import sys

import harness
from harness import mix, numpy, torch
from torch.nn import functional

VOCABULARY, BATCH = 89, 12
IS_SMALL = sys.argv[4] == "small"
CONTEXT, LAYERS, HEADS, SIZE = (16, 1, 2, 32) if IS_SMALL else (64, 4, 4, 128)


def dataset(rows):
    index = numpy.arange(rows * CONTEXT + 1)
    is_drawn = mix(5, index) % numpy.uint32(10) == 0
    tokens = numpy.where(is_drawn, mix(6, index) % numpy.uint32(VOCABULARY), 3 * index % VOCABULARY)
    tokens = torch.from_numpy(tokens.astype("int64"))
    return tokens[:-1].reshape(rows, CONTEXT), tokens[1:].reshape(rows, CONTEXT)


class Norm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(SIZE))

    def forward(self, x):
        return functional.layer_norm(x, (SIZE,), self.scale)


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = torch.nn.Linear(SIZE, 3 * SIZE, bias=False)
        self.out = torch.nn.Linear(SIZE, SIZE, bias=False)
        above = torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1)
        self.register_buffer("above", above, persistent=False)

    def forward(self, x):
        batch, tokens, _ = x.shape
        q, k, v = (
            part.view(batch, tokens, HEADS, SIZE // HEADS).transpose(1, 2)
            for part in self.qkv(x).split(SIZE, dim=2)
        )
        if hasattr(functional, "scaled_dot_product_attention"):
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(SIZE // HEADS))
            y = scores.masked_fill(self.above, -math.inf).softmax(dim=-1) @ v
        return self.out(y.transpose(1, 2).reshape(batch, tokens, SIZE))


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.attention, self.between = Norm(), Attention(), Norm()
        self.wide = torch.nn.Linear(SIZE, 4 * SIZE, bias=False)
        self.narrow = torch.nn.Linear(4 * SIZE, SIZE, bias=False)

    def forward(self, x):
        x = x + self.attention(self.before(x))
        return x + self.narrow(functional.gelu(self.wide(self.between(x))))


class Gpt(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(VOCABULARY, SIZE)
        self.places = torch.nn.Parameter(torch.empty(CONTEXT, SIZE))
        self.blocks = torch.nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.last = Norm()
        for name, weight in self.named_parameters():
            if not name.endswith("scale"):
                torch.nn.init.normal_(weight, std=0.02)
        count = sum(weight.numel() for weight in self.parameters())
        assert IS_SMALL or count == 807_168

    def forward(self, tokens):
        x = self.blocks(self.table(tokens) + self.places)
        return self.last(x) @ self.table.weight.t()


def loss_of(logits, labels):
    return functional.cross_entropy(logits.view(-1, VOCABULARY), labels.reshape(-1))


harness.serve(dataset, Gpt, loss_of, BATCH, warmup=5)
