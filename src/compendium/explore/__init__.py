"""The investigator's bench in JupyterLab: to look and to try, never to publish."""
