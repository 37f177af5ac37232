"""The public names, for type checkers: __init__.py imports each when it is asked for."""

from draw_np.config import Config as Config
from draw_np.glimpse import GlimpseConfig as GlimpseConfig
from draw_np.machine.versions import __version__ as __version__
from draw_np.model import Drawing as Drawing
from draw_np.model import generate as generate
from draw_np.model import loss as loss
from draw_np.model import reconstruct as reconstruct
from draw_np.networks import Network as Network
from draw_np.networks import NetworkError as NetworkError
from draw_np.networks import load as load
from draw_np.networks import names as names
from draw_np.parameters import initialise as initialise
from draw_np.training.optim import Adam as Adam
