from .dataset import Dataset as Dataset
from .dataset import Split as Split
from .mixtures import GaussianMixture as GaussianMixture
from .mixtures import grid as grid
from .mixtures import ring as ring
from .registry import NAMES as NAMES
from .registry import load as load
from .storage import DatasetError as DatasetError
