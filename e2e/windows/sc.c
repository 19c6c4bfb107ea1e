// `sc.exe` with the words that Wine's own lacks: config, failureflag and queryex. Every other one is handed to Wine's.

#include <process.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

/** What stands behind `KEY=` among the words. */
static const char *setting(int argc, char **argv, const char *key) {
  for (int at = 3; at + 1 < argc; at += 1)
    if (strcmp(argv[at], key) == 0) return argv[at + 1];
  return NULL;
}

static int config(SC_HANDLE service, int argc, char **argv) {
  const char *start = setting(argc, argv, "start=");
  DWORD type = start == NULL ? SERVICE_NO_CHANGE : strcmp(start, "auto") == 0 ? SERVICE_AUTO_START : SERVICE_DEMAND_START;
  return ChangeServiceConfigA(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, setting(argc, argv, "binPath="),
                              NULL, NULL, NULL, setting(argc, argv, "obj="), NULL, setting(argc, argv, "DisplayName="));
}

/** Wine keeps no such flag, and has no failure actions that it could be for. */
static int failureflag(int argc, char **argv) { return argc == 4 && strcmp(argv[3], "1") == 0; }

static int queryex(SC_HANDLE service, const char *name) {
  static const char *const states[] = {"", "STOPPED", "START_PENDING", "STOP_PENDING", "RUNNING"};
  SERVICE_STATUS_PROCESS status;
  DWORD needed;
  if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed)) return 0;
  printf("SERVICE_NAME: %s\n        STATE              : %lu  %s\n        PID                : %lu\n", name,
         status.dwCurrentState, status.dwCurrentState < 5 ? states[status.dwCurrentState] : "", status.dwProcessId);
  return 1;
}

/** The command line as it came, behind its first word, for Wine's own. */
static int handOn(void) {
  char line[8192];
  const char *words = GetCommandLineA();
  const char *end = words[0] == '"' ? strchr(words + 1, '"') + 1 : words + strcspn(words, " ");
  STARTUPINFOA startup = {.cb = sizeof startup};
  PROCESS_INFORMATION process;
  DWORD code = 1;
  snprintf(line, sizeof line, "C:\\windows\\system32\\sc.exe%s", end);
  if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) return (int)GetLastError();
  WaitForSingleObject(process.hProcess, INFINITE);
  GetExitCodeProcess(process.hProcess, &code);
  return (int)code;
}

int main(int argc, char **argv) {
  const char *word = argc > 2 ? argv[1] : "";
  if (strcmp(word, "config") != 0 && strcmp(word, "failureflag") != 0 && strcmp(word, "queryex") != 0) return handOn();
  SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service = OpenServiceA(manager, argv[2], SERVICE_ALL_ACCESS);
  if (service == NULL) return (int)GetLastError();
  int done = strcmp(word, "config") == 0   ? config(service, argc, argv)
             : strcmp(word, "queryex") == 0 ? queryex(service, argv[2])
                                            : failureflag(argc, argv);
  return done ? 0 : (int)GetLastError();
}
