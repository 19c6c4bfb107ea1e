// `powershell.exe -NoProfile -Command "Restart-Service -Name NAME"`, and nothing else of PowerShell: Wine's own does nothing at all.

#include <stdio.h>
#include <windows.h>

int main(int argc, char **argv) {
  char name[256];
  SERVICE_STATUS status;
  if (argc != 4 || sscanf(argv[3], "Restart-Service -Name %255s", name) != 1) return 2;
  SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service = OpenServiceA(manager, name, SERVICE_ALL_ACCESS);
  if (service == NULL) return 1;
  ControlService(service, SERVICE_CONTROL_STOP, &status);
  while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED) Sleep(100);
  return StartServiceA(service, 0, NULL) ? 0 : 1;
}
