// `service-control NAME CODE`: sends one control to a service, as `sc.exe control` does; Wine's sc.exe has no such word.

#include <stdlib.h>
#include <windows.h>

int main(int argc, char **argv) {
  SERVICE_STATUS status;
  if (argc != 3) return 2;
  SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service = OpenServiceA(manager, argv[1], SERVICE_ALL_ACCESS);
  if (service == NULL) return (int)GetLastError();
  return ControlService(service, (DWORD)atoi(argv[2]), &status) ? 0 : (int)GetLastError();
}
