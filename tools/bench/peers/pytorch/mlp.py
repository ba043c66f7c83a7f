"""PyTorch's side of train/mlp. Layers, batch, optimiser and data are those of suites/train/mlp.ts."""
import harness
from harness import mix, numpy, torch, unit

FEATURES, CLASSES, BATCH = 784, 10, 128


def dataset(rows):
    index = numpy.arange(rows)
    classes = index % CLASSES
    is_wrong = mix(3, index) % numpy.uint32(10) == 0
    labels = numpy.where(is_wrong, mix(4, index) % numpy.uint32(CLASSES), classes)
    centres = unit(1, CLASSES * FEATURES).reshape(CLASSES, FEATURES)
    noise = unit(2, rows * FEATURES).reshape(rows, FEATURES)
    x = (centres[classes] + noise) / numpy.float32(2)
    return torch.from_numpy(x), torch.from_numpy(labels.astype("int64"))


def model():
    return torch.nn.Sequential(
        torch.nn.Linear(FEATURES, 512), torch.nn.ReLU(),
        torch.nn.Linear(512, 256), torch.nn.ReLU(),
        torch.nn.Linear(256, CLASSES),
    )


harness.serve(dataset, model, torch.nn.CrossEntropyLoss(), BATCH)
