"""nbval starts a kernel again that ended before it answered, but not for ever."""

import nbval_start
import pytest

from compendium.pipeline.run import STARTS


@pytest.mark.parametrize("failures", range(STARTS + 1))
def test_a_kernel_is_started_again_up_to_so_many_times(monkeypatch, failures):
    asked = []

    def start(**options):
        asked.append(options)
        if len(asked) <= failures:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "manager", "client"

    monkeypatch.setattr(nbval_start, "_start", start)
    if failures < STARTS:
        assert nbval_start.start_new_kernel(cwd="x") == ("manager", "client")
    else:
        with pytest.raises(RuntimeError, match="before replying"):
            nbval_start.start_new_kernel(cwd="x")
    assert asked == [{"cwd": "x"}] * min(failures + 1, STARTS)
