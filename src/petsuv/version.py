"""Name and version of this software, as files that it writes state them."""

SOFTWARE = "petsuv"
VERSION = "0.1.0"
