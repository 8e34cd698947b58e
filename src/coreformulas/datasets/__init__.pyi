from .dataset import Dataset as Dataset
from .dataset import Split as Split
from .registry import NAMES as NAMES
from .registry import load as load
from .storage import DatasetError as DatasetError
