@echo off
rem Install the compendium on Windows: double-click, or type install.cmd. It needs Python 3.11.
setlocal
set PYTHONUTF8=1
where py >nul 2>nul
if %errorlevel%==0 (
  py -3.11 "%~dp0install.py"
) else (
  python "%~dp0install.py"
)
if errorlevel 1 (
  echo.
  echo Not installed. If Python 3.11 is missing, install it first: its installer may lie in the
  echo folder "python" beside this file.
)
pause
