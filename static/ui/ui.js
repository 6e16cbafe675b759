// What every page needs; pages with more bring modules of their own.

import { startCopyButtons } from "./copy.js";
import { startDialogs } from "./dialog.js";
import { startMenus } from "./menu.js";
import { startThemeSwitch } from "./theme_switch.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toast.js";

startCopyButtons();
startDialogs();
startMenus();
startThemeSwitch();
startTimes();
startToasts();
